"""More than one machine: which executor takes the steps, the workers, the shared history of runs, runs spread by month.

Belongs here: everything that only an installation on several machines needs; each module says which part. Does not
belong here: tables and assets, which are the same on one machine and on many, and the shared storage of the warehouse
(`cape_pipeline/warehouse/`). Nothing here imports Celery, Redis or PostgreSQL until a cluster is asked for.
"""
