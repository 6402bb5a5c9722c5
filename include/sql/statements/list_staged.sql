SELECT release_id
FROM releases
WHERE as_of_date = :as_of_date AND status = 'staged'
ORDER BY release_id DESC
