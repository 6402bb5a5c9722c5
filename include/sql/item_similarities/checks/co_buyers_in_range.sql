-- critical: Of every two neighbours {co_buyers} users or more bought both, as the model states.
SELECT count(*) AS unexpected_rows, min(item_id) AS example
FROM (SELECT * FROM {lists}) AS lists
WHERE lowest_co_buyers < {co_buyers}
HAVING count(*) > 0
