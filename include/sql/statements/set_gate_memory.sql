-- As expectations.py sets it; a pass over millions of rows is not made faster by compiling it.
SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)
