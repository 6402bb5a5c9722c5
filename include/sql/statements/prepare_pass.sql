-- Compiling takes longer than it saves, and lists are short: to sort each of them is less than to sort the rows.
SELECT
    set_config('work_mem', '64MB', true),
    set_config('jit', 'off', true),
    set_config('enable_presorted_aggregate', 'off', true)
