SELECT release_id, status, reason
FROM releases
WHERE as_of_date = :as_of_date
ORDER BY release_id DESC
LIMIT 1
