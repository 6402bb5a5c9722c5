-- critical: Every score is a finite number in {range}.
-- 0.00001 is for rounding to 32 bits. NaN is above every number. The example is looked for only where there is one.
SELECT
    count(*) AS unexpected_rows,
    (
        SELECT min(item_id)
        FROM (SELECT * FROM {batch}) AS listed
        WHERE NOT (
            score > '-Infinity' AND score < 'Infinity'
            AND score > {above}
            AND score >= {lowest}::double precision - 0.00001
            AND score <= {highest}::double precision + 0.00001
        )
    ) AS example
FROM {lists} AS lists
WHERE NOT (
    lowest_score > '-Infinity' AND highest_score < 'Infinity'
    AND lowest_score > {above}
    AND lowest_score >= {lowest}::double precision - 0.00001
    AND highest_score <= {highest}::double precision + 0.00001
)
HAVING count(*) > 0
