-- critical: Every score is a finite number in {range}.
-- 0.00001 is for rounding to 32 bits. NaN is above every number.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {lists}) AS lists
WHERE NOT (
    lowest_score > '-Infinity' AND highest_score < 'Infinity'
    AND lowest_score > {above}
    AND lowest_score >= {lowest}::double precision - 0.00001
    AND highest_score <= {highest}::double precision + 0.00001
)
HAVING count(*) > 0
