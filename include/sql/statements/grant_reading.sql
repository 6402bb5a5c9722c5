GRANT USAGE ON SCHEMA {schema} TO {analyst};
GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {analyst};
