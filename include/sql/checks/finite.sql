-- Of one list: whether its values are finite numbers, of the lowest value or more. NaN is above every number.
SELECT '-Infinity' < ALL ({column}) AND 'Infinity' > ALL ({column}) AND {low}::double precision <= ALL ({column})
