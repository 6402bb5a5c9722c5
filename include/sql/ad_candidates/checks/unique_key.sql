-- critical: No two rows share a user and a rank.
-- A primary key that PostgreSQL has built is the proof, and then nothing is read.
SELECT count(*) AS unexpected_rows
FROM (
    SELECT user_id, rank
    FROM (SELECT * FROM {batch}) AS staged
    WHERE NOT EXISTS (SELECT FROM pg_index WHERE indrelid = {leaf}::regclass AND indisprimary)
    GROUP BY user_id, rank
    HAVING count(*) > 1
) AS repeated
HAVING count(*) > 0
