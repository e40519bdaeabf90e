"""A demonstration: a realistic, seeded set of ACE exports with known answers, and templates of the user's own files.

Belongs here: making data and knowing what is true of it. Does not belong here: anything that reads exports or computes
with them; no module here imports the pipeline's law, SQL or interest engine, so that its answers can test them.
"""

from cape_pipeline.demo.answers import Answers, DemoSet
from cape_pipeline.demo.generator import DEFAULT_SEED, write_demo
from cape_pipeline.demo.templates import write_templates

__all__ = ["DEFAULT_SEED", "Answers", "DemoSet", "write_demo", "write_templates"]
