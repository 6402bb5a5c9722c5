-- Views of others that stand on something in an advertiser's schemas, and would go with it.
SELECT DISTINCT dependent_space.nspname || '.' || dependent.relname AS name
FROM pg_depend AS link
JOIN pg_rewrite AS rule ON rule.oid = link.objid AND link.classid = 'pg_rewrite'::regclass
JOIN pg_class AS dependent ON dependent.oid = rule.ev_class
JOIN pg_namespace AS dependent_space ON dependent_space.oid = dependent.relnamespace
JOIN pg_class AS base ON base.oid = link.refobjid AND link.refclassid = 'pg_class'::regclass
JOIN pg_namespace AS base_space ON base_space.oid = base.relnamespace
WHERE base_space.nspname IN (:schema, :store) AND dependent_space.nspname NOT IN (:schema, :store)
ORDER BY name
