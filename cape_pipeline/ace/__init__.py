"""Received files: bytes in, typed rows and set-aside rows out, into the `ace` schema.

Belongs here: recognising a file, reading it, typing its cells, setting aside what cannot be used. Does not belong
here: what the rows mean, which version of an entry wins, or any rule of law.

The way of a file: `find_exports` lists, `inspect_file` recognises (no database), `load_files` writes inside
the caller's transaction. What each report looks like is data, in `reports.toml`.
"""

from cape_pipeline.ace.entry_number import check_digit
from cape_pipeline.ace.errors import TooManyRejected, UnreadableExport
from cape_pipeline.ace.files import find_exports
from cape_pipeline.ace.inspection import Inspection, inspect_file
from cape_pipeline.ace.load import LoadResult, load_file, load_files
from cape_pipeline.ace.macros import macros_sql

__all__ = [
    "Inspection",
    "LoadResult",
    "TooManyRejected",
    "UnreadableExport",
    "check_digit",
    "find_exports",
    "inspect_file",
    "load_file",
    "load_files",
    "macros_sql",
]
