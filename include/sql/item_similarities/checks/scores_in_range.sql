-- critical: Scores are finite; those of cosine lie in (0, 1] and those of als in [-1, 1].
-- Rounding to 32 bits may exceed 1 by a little.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {batch}) AS staged
WHERE score IN ('NaN', 'Infinity', '-Infinity')
    OR (model = 'cosine' AND NOT (score > 0 AND score <= 1.00001))
    OR (model = 'als' AND NOT (score >= -1.00001 AND score <= 1.00001))
HAVING count(*) > 0
