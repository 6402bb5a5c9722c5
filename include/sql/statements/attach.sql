ALTER TABLE {parent} ATTACH PARTITION {partition} FOR VALUES IN ({value})
