-- Without this every login role may connect and create temporary tables.
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
