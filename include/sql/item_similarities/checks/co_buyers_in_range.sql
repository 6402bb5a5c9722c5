-- critical: Nobody is counted as less than nobody, and cosine neighbours have a buyer in common.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {lists}) AS lists
WHERE lowest_co_buyers < 0 OR (model = 'cosine' AND lowest_co_buyers = 0)
HAVING count(*) > 0
