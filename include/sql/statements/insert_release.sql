INSERT INTO releases (
    run_id, code_version, settings, purchases, users, items, stages, preflight, facts, known_item_share,
    days_with_lines, is_young, absent_items, as_of_date, window_start, window_end
)
VALUES (
    :run_id, :code_version, CAST(:settings AS jsonb), :purchases, :users, :items, CAST(:stages AS jsonb),
    CAST(:preflight AS jsonb), CAST(:facts AS jsonb), :known_item_share, :days_with_lines, :is_young, :absent_items,
    :as_of_date, :window_start, :window_end
)
RETURNING release_id
