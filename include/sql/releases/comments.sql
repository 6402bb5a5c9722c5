-- A view's columns mean what the columns of the table under it mean, but for a rank that has gaps.
DO $$
DECLARE
    meaning record;
BEGIN
    FOR meaning IN
        SELECT DISTINCT
            used.view_name,
            used.column_name,
            col_description(
                format('%I.%I', used.table_schema, used.table_name)::regclass, attribute.attnum
            ) AS description
        FROM information_schema.view_column_usage AS used
        JOIN pg_attribute AS attribute
            ON attribute.attrelid = format('%I.%I', used.table_schema, used.table_name)::regclass
            AND attribute.attname = used.column_name
        JOIN pg_attribute AS shown
            ON shown.attrelid = format('%I.%I', used.view_schema, used.view_name)::regclass
            AND shown.attname = used.column_name
        WHERE used.view_schema = current_schema()
            AND (
                (used.table_name = 'releases' AND used.view_name LIKE 'releases\_%')
                OR used.table_name = regexp_replace(used.view_name, '_(current|available)$', '') || '_rows'
            )
            AND NOT (used.view_name LIKE '%\_available' AND used.column_name = 'rank')
    LOOP
        EXECUTE format(
            'COMMENT ON COLUMN %I.%I IS %L', meaning.view_name, meaning.column_name, meaning.description
        );
    END LOOP;
END
$$;
