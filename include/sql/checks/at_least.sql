-- Of one list: whether its whole numbers are the lowest value or more.
SELECT {low} <= ALL ({column})
