-- For scratch databases of developers and tests beside the warehouse.
ALTER ROLE {role} CREATEDB;
