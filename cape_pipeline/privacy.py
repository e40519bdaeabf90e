"""What keeps a process to itself: its files are for their owner alone, and its engine fetches nothing.

Belongs here: both rules, which every process of the project takes on before it works. Does not belong here: what of a
row is shown to others (`warehouse/masking.py`), and copies for others (`redaction/`).
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

#: Nothing for the group and for others: files come to 0600, folders to 0700, whoever writes them.
OWNER_ONLY = 0o077


def keep_files_to_owner() -> None:
    """Make every file and folder that this process and its children create the owner's alone.

    One rule for a whole process holds for what libraries write too: the engine its files, Dagster its history and logs.
    """
    os.umask(OWNER_ONLY)


def fetch_nothing(con: "duckdb.DuckDBPyConnection") -> None:
    """Let DuckDB download no extension, which it would do by itself for a function that one of them has."""
    con.execute("set autoinstall_known_extensions = false")
