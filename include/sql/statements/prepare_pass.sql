-- A pass over millions of rows takes longer when it is compiled.
SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)
