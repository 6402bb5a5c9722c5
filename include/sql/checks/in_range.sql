-- Of one list: whether its values are finite numbers in a range; a bound that is not stated is infinite.
-- 0.00001 is for rounding to 32 bits. NaN is above every number.
SELECT
    '-Infinity' < ALL ({column}) AND 'Infinity' > ALL ({column})
    AND {above}::double precision < ALL ({column})
    AND {low}::double precision - 0.00001 <= ALL ({column})
    AND {high}::double precision + 0.00001 >= ALL ({column})
