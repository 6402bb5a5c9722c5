"""The command `dangol`: the steps of the daily job, and what helps with a mall of one's own.

One file is one command, or one family of them: `add_commands` says what it is called with, and what it
returns is an `Answer`. `parser.py` lists the files.
"""
