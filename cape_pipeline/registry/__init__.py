"""The law as data: from `registry_seeds/` to validated rows to frames.

Belongs here: reading and judging the seeds. Does not belong here: the law itself (`registry_seeds/`), how the tables
are stored or used, Dagster, DuckDB.
"""
