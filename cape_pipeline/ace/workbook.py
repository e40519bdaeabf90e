"""Worksheets as frames of text, every cell as it would be typed in; a BAI2 statement counts as one worksheet.

Belongs here: reading XLSX (and XLS) through a process of its own, bounds on what a workbook may ask for, and keeping
what was read last. Does not belong here: knowing what the cells mean, and what runs in that process
(`workbook_process.py`).
"""

import atexit
import json
import os
import select
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import Any

import polars as pl

from cape_pipeline.ace.bank_statement import read_bank_statement
from cape_pipeline.ace.errors import UnreadableExport

STATEMENT = "BAI2"
#: What reading a workbook may take: memory of the process that does it, in bytes, and seconds; and how many bytes the
#: workbook may say it has unpacked. A full worksheet of 32 columns takes half of it, and no export has more.
MOST_MEMORY = 6 << 30
MOST_SECONDS = 900
MOST_UNPACKED_BYTES = 4 << 30
MEMORY = "memory"
DAMAGED = "the workbook is cut off, damaged or protected and cannot be opened: export it again"
TOO_LARGE = "reading the workbook takes more than {bound}, as none does that ACE exports: export the report as CSV"


@dataclass(frozen=True)
class Sheet:
    """One worksheet: columns `c1`, `c2`, … of text; row n of the frame is row n + 1 of the sheet; empty is ''."""

    name: str
    visible: bool
    frame: pl.DataFrame


def read_sheets(path: Path, encoding: str | None = None) -> tuple[Sheet, ...]:
    """All worksheets, in their order; with an encoding, the file is a BAI2 statement.

    A workbook can only be read whole, so the newest one is kept in memory: a file is inspected and then loaded.
    `forget_sheets` lets it go.

    Raises:
        UnreadableExport: when the workbook is cut off, damaged or protected, or asks for more than any export does.
    """
    return _read_sheets(path, path.stat().st_mtime_ns, encoding)


def forget_sheets() -> None:
    """Free the memory of the workbook read last."""
    _read_sheets.cache_clear()


@lru_cache(maxsize=1)
def _read_sheets(path: Path, _modified: int, encoding: str | None) -> tuple[Sheet, ...]:
    if encoding is not None:
        return (Sheet(STATEMENT, visible=True, frame=read_bank_statement(path, encoding)),)
    _refuse_bomb(path)
    with tempfile.TemporaryDirectory(prefix="cape_workbook_") as folder, _asking:
        answer = _asked(path, folder)
        if answer is None or answer.get("refused") == MEMORY:
            raise UnreadableExport(path, TOO_LARGE.format(bound=f"{MOST_MEMORY >> 30} GB of memory"))
        if "refused" in answer:
            raise UnreadableExport(path, DAMAGED)
        return tuple(
            Sheet(sheet["name"], sheet["visible"], pl.read_ipc(Path(folder, sheet["file"])))
            for sheet in answer["sheets"]
        )


def _refuse_bomb(path: Path) -> None:
    """A workbook that says itself how much it unpacks to; one that lies about it meets the bound of memory."""
    try:
        with zipfile.ZipFile(path) as packed:
            claimed = sum(member.file_size for member in packed.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, IndexError, OverflowError):
        return  # XLS is no ZIP file; what is damaged is told by its reader
    if claimed > MOST_UNPACKED_BYTES:
        raise UnreadableExport(
            path,
            f"the workbook unpacks to {claimed >> 30:,} GB, as none does that ACE exports: it is damaged or a trap",
        )


# --- the process ----------------------------------------------------------------------------------------------------

_asking = Lock()
_process: dict[int, subprocess.Popen[str]] = {}


def _asked(path: Path, folder: str) -> dict[str, Any] | None:
    """What the process answers; None where it died of it. A fork of this process asks one of its own.

    Raises:
        UnreadableExport: it takes too long.
    """
    process = _process.get(os.getpid())
    if process is None or process.poll() is not None:
        process = _process[os.getpid()] = _started()
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 (both are pipes)
    try:
        process.stdin.write(json.dumps({"path": str(path.absolute()), "folder": folder}) + "\n")
        process.stdin.flush()
        if not select.select([process.stdout], [], [], MOST_SECONDS)[0]:
            raise UnreadableExport(path, TOO_LARGE.format(bound=f"{MOST_SECONDS // 60} minutes"))
        answer = process.stdout.readline()
    except BrokenPipeError:
        answer = ""
    except BaseException:
        _end(process)
        raise
    if not answer:
        _end(process)
        return None
    told: dict[str, Any] = json.loads(answer)
    if told.get("refused") == MEMORY:  # what it left behind there is not known
        _end(process)
    return told


def _started() -> subprocess.Popen[str]:
    """The process; it does not outlive this one, whose end closes its input."""
    _process.clear()
    script = str(resources.files("cape_pipeline.ace").joinpath("workbook_process.py"))
    return subprocess.Popen(  # noqa: S603 (our own script)
        [sys.executable, "-P", script, str(MOST_MEMORY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
    )


@atexit.register
def _end_own() -> None:
    process = _process.pop(os.getpid(), None)
    if process is not None:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    process.wait()
