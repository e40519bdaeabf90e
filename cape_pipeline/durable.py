"""Bytes on the disk: what a rename must wait for, so that a file is whole or not there, also after a crash.

Belongs here: flushing. Does not belong here: naming and writing any file (`ace/archive.py`, `warehouse/snapshot.py`).
"""

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Wait until a file's bytes, or a folder's entries, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
