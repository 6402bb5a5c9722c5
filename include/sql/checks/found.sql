-- Grain: one row per list: its owner, how many entries it has, and of each rule whether the list keeps it.
-- In one pass over the lists. A rule is null where an entry lacks a value, which is the matter of lists_are_whole.
CREATE UNLOGGED TABLE {found} AS
SELECT {owner}, cardinality({item}) AS size, {rules}
FROM {leaf}
