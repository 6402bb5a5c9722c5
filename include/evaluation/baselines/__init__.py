"""Simple rules that anything better must beat: each is a file beside this one, and a line in `registry`."""
