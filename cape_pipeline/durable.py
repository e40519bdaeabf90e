"""Bytes on the disk: what a rename must wait for, so that a file is whole or not there, also after a crash.

Belongs here: flushing, and replacing one file by its new content. Does not belong here: what is written, and files that
change together (`outputs.py`) or are too large for memory (`ace/archive.py`, `warehouse/snapshot.py`).
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


def draft_of(target: Path) -> Path:
    """The hidden name beside a file under which its next content is written; one name, so that nothing piles up."""
    return target.with_name(f".{target.name}.tmp")


def replace_whole(target: Path, content: str | bytes) -> None:
    """Give a file its new content: who reads it sees the old or the new, whole, whatever happens meanwhile.

    A new file is its owner's alone; one that stands keeps its mode. Text is written as UTF-8, line ends as they are.

    Raises:
        OSError: no room or no permission; the file is as it was, and nothing is left beside it.
    """
    draft = draft_of(target)
    draft.unlink(missing_ok=True)
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
    try:
        draft.touch(mode=0o600, exist_ok=False)
        draft.chmod(mode)
        draft.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        flush(draft)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    flush(target.parent)
