SELECT release_id
FROM releases
WHERE status = 'published'
