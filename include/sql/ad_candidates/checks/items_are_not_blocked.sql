-- critical: No item_id is one that a campaign blocks on the as-of date.
-- The rules are those of the release's settings, told anew by its own catalogue. A title's pattern that PostgreSQL would
-- read in another way than Python, or may, is left out rather than misread (docs/decisions/0163).
SELECT count(*) OVER () AS unexpected_rows, blocked.item_id AS example
FROM (
    WITH rules AS MATERIALIZED (
        SELECT
            rule.value -> 'items' AS items,
            rule.value -> 'categories' AS categories,
            rule.value -> 'brands' AS brands,
            rule.value ->> 'title' AS title,
            CASE
                WHEN rule.value ->> 'title' ~ '\\[^-sdw.,/&+*?()|!# $^]|\(\?|\[|[*+?][+]|[$^][*+?]' THEN NULL
                WHEN position(chr(123) IN rule.value ->> 'title') > 0 THEN NULL
                -- So that a full stop is no line end, as in Python.
                ELSE '(?p)' || (rule.value ->> 'title')
            END AS pattern
        FROM {releases} AS release
        CROSS JOIN LATERAL jsonb_array_elements(CAST(release.settings AS jsonb) -> 'ads' -> 'rerank') AS step
        CROSS JOIN LATERAL jsonb_array_elements(step.value -> 'campaigns' -> 'rules') AS rule
        WHERE
            release.release_id = {release_id}
            AND rule.value ->> 'block' = 'true'
            AND release.as_of_date >= coalesce(CAST(rule.value ->> 'start_date' AS date), release.as_of_date)
            AND release.as_of_date <= coalesce(CAST(rule.value ->> 'end_date' AS date), release.as_of_date)
    )
    SELECT DISTINCT named.item_id
    FROM rules
    CROSS JOIN (SELECT DISTINCT unnest(item_id) AS item_id FROM (SELECT * FROM {batch}) AS staged) AS named
    LEFT JOIN {products} AS products ON products.item_id = named.item_id
    WHERE
        (coalesce(jsonb_typeof(rules.items), 'null') = 'null' OR rules.items ? named.item_id)
        AND (coalesce(jsonb_typeof(rules.categories), 'null') = 'null' OR rules.categories ? products.category)
        AND (coalesce(jsonb_typeof(rules.brands), 'null') = 'null' OR rules.brands ? products.brand)
        AND (rules.title IS NULL OR coalesce(products.title, '') ~* rules.pattern)
) AS blocked
ORDER BY example
LIMIT 3
