-- Later than every moment stated before, also when the server's clock was set back.
SELECT greatest(
    clock_timestamp(),
    max(greatest(published_at, withdrawn_at, current_from, current_until)) + interval '1 microsecond'
)
FROM releases
