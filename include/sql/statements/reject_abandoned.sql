UPDATE releases
SET status = 'rejected', reason = 'Staged and never published.'
WHERE status = 'staged' AND staged_at < clock_timestamp() - make_interval(secs => :abandoned_after)
