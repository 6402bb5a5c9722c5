-- The current release makes way only for one of the same or a later date.
UPDATE releases
SET is_current = false, current_until = :moment
WHERE is_current AND as_of_date <= :as_of_date
