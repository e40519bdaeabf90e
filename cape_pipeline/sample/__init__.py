"""Exports of any size with known answers, for measuring and for trying the pipeline at scale.

Belongs here: making them. Does not belong here: reading exports or computing with them; no module here imports the
pipeline's SQL, its rules or its interest engine, so that the answers can test them. The law comes from registry_seeds.
"""

from cape_pipeline.sample.generator import Written, write_sample
from cape_pipeline.sample.plan import MOST_ENTRIES

__all__ = ["MOST_ENTRIES", "Written", "write_sample"]
