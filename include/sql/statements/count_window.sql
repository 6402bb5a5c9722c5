SELECT (SELECT count(*) FROM {window_items}) AS items, (SELECT count(*) FROM {window_users}) AS users
