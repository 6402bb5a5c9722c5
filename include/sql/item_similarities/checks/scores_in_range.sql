-- critical: Scores are finite; those of cosine lie in (0, 1] and those of als in [-1, 1].
-- Rounding to 32 bits may exceed 1 by a little. NaN is above every number.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {lists}) AS lists
WHERE NOT (lowest_score > '-Infinity' AND highest_score < 'Infinity')
    OR (model = 'cosine' AND NOT (lowest_score > 0 AND highest_score <= 1.00001))
    OR (model = 'als' AND NOT (lowest_score >= -1.00001 AND highest_score <= 1.00001))
HAVING count(*) > 0
