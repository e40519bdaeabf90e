"""A whole exports folder as a redacted copy: which files, under which names, and whether the copy may stand.

Belongs here: the folder, its key, and what is told of it. Does not belong here: what happens to one file (`copies.py`).

The copy is written beside its place under a hidden name and takes that place only when nothing was found in it that
should not be there, so that no folder of that name is ever half redacted.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from cape_pipeline.ace import macros_sql
from cape_pipeline.ace.conversion import quoted
from cape_pipeline.ace.errors import UnknownExport, UnreadableExport
from cape_pipeline.ace.files import find_exports
from cape_pipeline.ace.inspection import Inspection, inspect_file
from cape_pipeline.privacy import fetch_nothing
from cape_pipeline.redaction.copies import Copied, Given, write_copy
from cape_pipeline.redaction.leaks import Leak, find_leaks, list_sought, prepare, some_pseudonym_is_an_original
from cape_pipeline.redaction.pseudonyms import LEAST_KEY_BYTES, Pseudonyms

KEY_BYTES = 32
OWNER_ONLY_FILE, OWNER_ONLY_FOLDER = 0o600, 0o700
#: Keys drawn until no pseudonym is another original value: the first nearly always does.
MOST_KEYS = 8


class Unredactable(Exception):
    """The copy cannot be made; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not copied, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Redaction:
    """What was written, what was not, and where a replaced value was found; with leaks nothing stands in the target.

    `columns_unknown` names, for each copy by its path within the target, the columns whose header and cells nobody
    knows and which were emptied.
    """

    files: tuple[str, ...]
    rows: int
    columns_unknown: dict[str, tuple[str, ...]]
    left_out: tuple[LeftOut, ...]
    leaks: tuple[Leak, ...]


@dataclass(frozen=True, slots=True)
class _Named:
    """A recognised file, where its copy goes within the target, and under which name the copy is loaded."""

    seen: Inspection
    where: Path


def read_key(path: Path) -> bytes:
    """The secret of a key file, which is made with a new one, for the owner alone, where there is none.

    Raises:
        Unredactable: the file cannot be read or made, or holds too little.
    """
    try:
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(KEY_BYTES) + "\n")
        key = path.read_bytes().strip()
    except OSError as error:
        raise Unredactable(f"{path}: cannot use this key file ({error.strerror})") from error
    if len(key) < LEAST_KEY_BYTES:
        raise Unredactable(
            f"{path}: a key has at least {LEAST_KEY_BYTES} characters; name a file that is not there yet"
        )
    return key


def redact_folder(
    exports: Path, target: Path, *, key: bytes | None, originators: str, memory_limit: str, threads: int
) -> Redaction:
    """Write a copy of every recognised export to `target`, and look through it once it is written.

    Without a key a new one is drawn and forgotten. `originators` is the regular expression by which this installation
    knows CBP's credits.

    Raises:
        UnreadableExport: there is no such folder of exports.
        Unredactable: the target is in the way, no file is recognised, or the given key makes a pseudonym that is an
            original value.
        OSError: the copy cannot be written.
    """
    _refuse(exports, target)
    recognised, left_out = _recognised(exports)
    if not recognised:
        raise Unredactable(
            f"{exports}: none of {len(left_out)} files is an export known here; cape check tells of each"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    keys = [key] if key is not None else [secrets.token_bytes(KEY_BYTES) for _ in range(MOST_KEYS)]
    with (
        TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch,
        _engine(Path(scratch), memory_limit, threads) as con,
    ):
        for attempt in keys:
            copy = Path(scratch) / "copy"
            named = _named(recognised)
            copied, unusable = _write(con, named, copy, Pseudonyms(attempt), originators)
            list_sought(con)
            if not some_pseudonym_is_an_original(con):
                break
            shutil.rmtree(copy)
        else:
            raise Unredactable("with this key a pseudonym would be the number of somebody else: use another key file")
        leaks = [leak for file, done in copied for leak in find_leaks(con, copy / file.where, file.seen.path, done)]
        if not leaks:
            _put_in_place(copy, target)
    return Redaction(
        files=tuple(file.where.as_posix() for file, _ in copied),
        rows=sum(done.rows for _, done in copied),
        columns_unknown={
            file.where.as_posix(): unknown
            for file, done in copied
            if (unknown := tuple(place.header for place in done.places if place.column is None and place.header))
        },
        left_out=(*left_out, *unusable),
        leaks=tuple(leaks),
    )


def _refuse(exports: Path, target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Unredactable(f"{target}: there is something already; name a folder that is empty or not there yet")
    if target.resolve().is_relative_to(exports.resolve()):
        raise Unredactable(f"{target}: a copy inside the exports would be loaded with them; name a folder elsewhere")


def _recognised(exports: Path) -> tuple[list[Inspection], list[LeftOut]]:
    seen: list[Inspection] = []
    left_out: list[LeftOut] = []
    for path in find_exports(exports):
        try:
            seen.append(inspect_file(path))
        except (UnknownExport, UnreadableExport) as error:
            left_out.append(LeftOut(path, str(error)))
    return seen, left_out


def _named(recognised: Sequence[Inspection]) -> list[_Named]:
    """Names that tell the place among the files and the report, in the order in which files are loaded.

    Files of one name keep one name, in folders of their own, because the newest of a name may replace the others.
    """
    digits = max(4, len(str(len(recognised))))
    names: dict[str, str] = {}
    named = []
    for number, seen in enumerate(recognised, start=1):
        place = f"{number:0{digits}}"
        is_first = seen.file_name not in names
        if is_first:
            stated = f"_{seen.report_run_date}" if seen.report_run_date_basis == "file_name" else ""
            names[seen.file_name] = f"{place}_{seen.report_code}{stated}.csv"
        name = names[seen.file_name]
        named.append(_Named(seen, Path(name) if is_first else Path(place) / name))
    return named


def _write(
    con: duckdb.DuckDBPyConnection, named: Sequence[_Named], copy: Path, pseudonyms: Pseudonyms, originators: str
) -> tuple[list[tuple[_Named, Copied]], list[LeftOut]]:
    """Write every copy; a file that turns out not to be readable as rows is left out."""
    prepare(con)
    names = {file.seen.file_name: file.where.name for file in named}
    given = Given(pseudonyms, names, originators)
    copied: list[tuple[_Named, Copied]] = []
    unusable: list[LeftOut] = []
    hashes: dict[str, str] = {}
    copy.mkdir(mode=OWNER_ONLY_FOLDER)
    for file in named:
        target = copy / file.where
        target.parent.mkdir(mode=OWNER_ONLY_FOLDER, exist_ok=True)
        with TemporaryDirectory(dir=copy.parent) as folder:
            try:
                copied.append((file, write_copy(con, file.seen, target, given, Path(folder))))
            except UnreadableExport as error:
                unusable.append(LeftOut(file.seen.path, str(error)))
                continue
        target.chmod(OWNER_ONLY_FILE)
        _keep_apart(target, file.seen.load_id, hashes)
    return copied, unusable


def _keep_apart(target: Path, original: str, hashes: dict[str, str]) -> None:
    """Two files that differ only in what was taken out must not become one: another line end tells them apart."""
    while hashes.setdefault(digest := _sha256(target), original) != original:
        with target.open("ab") as file:
            file.write(b"\n")
    hashes[digest] = original


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _engine(scratch: Path, memory_limit: str, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose tables lie in a file, so that they need not fit into memory."""
    with duckdb.connect(str(scratch / "work.duckdb")) as con:
        fetch_nothing(con)
        con.execute("set enable_progress_bar = false")
        con.execute(f"set threads = {threads:d}")
        con.execute(f"set memory_limit = {quoted(memory_limit)}")
        con.execute(f"set temp_directory = {quoted(str(scratch / 'spill'))}")
        for macro in macros_sql():
            con.execute(macro)
        yield con


def _put_in_place(copy: Path, target: Path) -> None:
    if target.exists():
        target.rmdir()
    copy.rename(target)
