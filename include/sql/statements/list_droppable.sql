-- Releases that no view shows, also not to a transaction that began before they were withdrawn, if it is younger
-- than the grace.
SELECT release_id
FROM releases
WHERE status IN ('superseded', 'rejected', 'rolled_back', 'expired')
    AND (withdrawn_at IS NULL OR withdrawn_at <= clock_timestamp() - make_interval(secs => :grace))
