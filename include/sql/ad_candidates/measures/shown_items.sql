-- How many items the window sold, and how many are in any list.
SELECT least(count(DISTINCT item_id), {sold}) AS part, {sold}::bigint AS whole
FROM shown
