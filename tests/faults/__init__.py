"""Faults around publication: readers in open transactions, a clock that jumps, hard stops, kills, held locks.

`make faults` runs all of it on servers of its own and prints what it counted; `test_faults.py` runs the
short part.
"""
