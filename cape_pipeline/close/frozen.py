"""The files of closed periods: one folder each, written once, read by every later run, never changed.

Belongs here: writing, comparing and reading these files, and holding them against the hashes of their manifest. Does
not belong here: what is frozen (`closing.py`), the engine, Dagster.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cape_pipeline.durable import flush

MANIFEST = "manifest.json"
ENTRIES = "entries.csv"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class UnusableClose(Exception):
    """The files of a closed period are not what was frozen, or cannot be read; the sentence names them."""


class CloseStands(Exception):
    """A period is closed already, otherwise than it would be closed now; what stands is not touched."""


@dataclass(frozen=True, slots=True)
class FrozenClose:
    """One closed period: its manifest, the manifest's own hash, and where its files lie."""

    manifest: Mapping[str, Any]
    manifest_sha256: str
    folder: Path

    @property
    def close_name(self) -> str:
        return str(self.manifest["close_name"])

    @property
    def period_end(self) -> date:
        return date.fromisoformat(self.manifest["period_end"])


def sha256_of(content: bytes) -> str:
    """The hash by which a frozen file is known."""
    return hashlib.sha256(content).hexdigest()


def as_json(told: Any) -> bytes:
    """The one way a manifest is written: sorted names, so that the same content is the same bytes."""
    return (json.dumps(told, indent=1, sort_keys=True, default=str) + "\n").encode()


def read_closes(folder: Path) -> list[FrozenClose]:
    """Every closed period in the folder, in order of its last day; none where there is no folder.

    A folder whose name begins with a dot is a close that was not finished; it counts for nothing.

    Raises:
        UnusableClose: a file is missing, damaged or not the one that was frozen, or two closes end on one day.
    """
    if not folder.is_dir():
        return []
    found = [_read(path) for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    by_day: dict[date, FrozenClose] = {}
    for close in found:
        other = by_day.setdefault(close.period_end, close)
        if other is not close:
            raise UnusableClose(f"{close.folder} and {other.folder} both close {close.period_end}: keep one of them")
    return [by_day[day] for day in sorted(by_day)]


def _read(folder: Path) -> FrozenClose:
    path = folder / MANIFEST
    try:
        told = path.read_bytes()
        manifest = json.loads(told)
        close = FrozenClose(manifest, sha256_of(told), folder)
        named = close.close_name, close.period_end
        files = dict(manifest["files"])
    except OSError as error:
        raise UnusableClose(f"{path} cannot be read ({error.strerror}): a closed period is all its files") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableClose(f"{path} is no manifest of a closed period: put the one back that was written") from error
    if named[0] != folder.name:
        raise UnusableClose(f"{path} is the manifest of {named[0]}: a close stays in the folder of its name")
    for name, sha256 in files.items():
        try:
            content = (folder / name).read_bytes()
        except OSError as error:
            raise UnusableClose(f"{folder / name} cannot be read ({error.strerror}), and was frozen") from error
        if sha256_of(content) != sha256:
            raise UnusableClose(f"{folder / name} is not the file that was frozen: put that one back")
    return close


def write_close(closes: Path, name: str, files: Mapping[str, bytes]) -> bool:
    """Write a close under its name, whole or not at all; an equal one that stands is left alone.

    Args:
        closes: the folder of all closes; it is made if it does not exist.
        name: the close's name, its folder's too.
        files: every file by name, the manifest among them.

    Returns:
        Whether anything was written.

    Raises:
        CloseStands: another content stands under the name; nothing was written.
    """
    target = closes / name
    if target.exists():
        differing = sorted(
            file
            for file in {*files, *(path.name for path in target.iterdir())}
            if not (target / file).is_file() or (target / file).read_bytes() != files.get(file)
        )
        if not differing:
            return False
        raise CloseStands(
            f"{target} was closed otherwise ({_what_differs(target, files, differing)}) and is never overwritten:"
            " reports.prior_period_differences shows what is known otherwise now"
        )
    closes.mkdir(parents=True, exist_ok=True)
    temporary = closes / f".{name}.tmp"
    if temporary.exists():
        shutil.rmtree(temporary)
    temporary.mkdir()
    for file, content in files.items():
        (temporary / file).write_bytes(content)
        flush(temporary / file)
    flush(temporary)
    temporary.rename(target)
    flush(closes)
    return True


def _what_differs(target: Path, files: Mapping[str, bytes], differing: list[str]) -> str:
    """The files that differ; where it is the manifest alone, which of its statements."""
    if differing != [MANIFEST]:
        return ", ".join(file for file in differing if file != MANIFEST)
    before, now = json.loads((target / MANIFEST).read_bytes()), json.loads(files[MANIFEST])
    return "the figures are the same; " + ", ".join(
        sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
    )
