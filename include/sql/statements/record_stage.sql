UPDATE releases
SET stages = stages || jsonb_build_object(CAST(:stage AS text), CAST(:cost AS jsonb))
WHERE release_id = :release_id
