-- Of one list: whether its values never rise with rank. NaN is above every number.
SELECT {column} = array_sort({column}, true)
