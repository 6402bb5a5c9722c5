ALTER TABLE {leaf}
    ALTER COLUMN model SET DEFAULT {model},
    ADD CONSTRAINT of_model CHECK (model = {model})
