"""The daily job as plain functions: what the DAG tasks call, and the commands of `dangol`.

Rows travel between steps by Parquet in the run folder of one (advertiser, as-of date); a step returns
paths and counts alone. Running a step again replaces what it wrote.
"""
