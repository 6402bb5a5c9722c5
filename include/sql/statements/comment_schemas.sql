COMMENT ON SCHEMA {schema} IS 'What is published for one advertiser: read the views and tables here.';
COMMENT ON SCHEMA {store} IS {fingerprint};
