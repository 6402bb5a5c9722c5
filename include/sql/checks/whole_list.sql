-- Of one list: whether its column is there, has a value for each item, and at least one. A list that lacks a rank is
-- not loaded in the first place.
SELECT coalesce(array_upper({column}, 1) = cardinality({item}) AND ({nullable} OR array_position({column}, NULL) IS NULL), false)
