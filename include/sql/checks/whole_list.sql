-- Of one list: whether its column is there, has a value for each item, and at least one. A list that lacks a rank is
-- not loaded in the first place; one from before a column lacks that, where there is a default or null may stand for it.
SELECT
    ({optional} AND {column} IS NULL)
    OR coalesce(
        array_upper({column}, 1) = cardinality({item})
        AND ({nullable} OR array_position({column}, NULL) IS NULL),
        false
    )
