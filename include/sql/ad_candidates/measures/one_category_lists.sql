-- Lists with enough items of a category, in a mall that has several, and those that are of one alone. Of many lists
-- a part is looked at, which is the same each time.
SELECT count(*) FILTER (WHERE categories = 1) AS part, count(*) AS whole
FROM (
    SELECT count(DISTINCT products.category) AS categories
    FROM {leaf} AS lists
    CROSS JOIN LATERAL unnest(lists.item_id) AS entry(item_id)
    JOIN {products} AS products ON products.item_id = entry.item_id
    WHERE
        products.category <> ''
        AND mod(abs(hashtext(lists.user_id)::bigint), {every}) = 0
        AND (SELECT min(category) < max(category) FROM {products} WHERE category <> '')
    GROUP BY lists.user_id
    HAVING count(*) >= {least}
) AS looked_at
