SELECT version_num AS revision FROM alembic_version;
