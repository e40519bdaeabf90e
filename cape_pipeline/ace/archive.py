"""The received files themselves, kept as they came: one compressed file for each content, named after its sha256.

Belongs here: writing and reading the archive beside the warehouse. Does not belong here: when a file is kept
(`assets/load.py`), and anything that looks inside one.

An importer keeps the records behind an entry for five years (19 CFR 163.4), and a warehouse can only be rebuilt from
the files it was made of.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types

from cape_pipeline.durable import flush

CHUNK = 1 << 20
OWNER_ONLY_FILE, OWNER_ONLY_FOLDER = 0o600, 0o700


class NotKept(Exception):
    """A file could not be put into the archive; the sentence says why and what to do."""


class NotRestored(Exception):
    """A file is not in the archive, or is no longer what was put there; the sentence says which."""


def place_of(archive: Path, load_id: str) -> Path:
    """Where the file of that sha256 lies."""
    return archive / load_id[:2] / f"{load_id}.zst"


def keep(archive: Path, source: Path, load_id: str) -> Path:
    """Put a file into the archive, in pieces, and return its place there.

    The place holds the whole file or nothing, whatever happens meanwhile. A file that is there already and sound is
    left alone.

    Raises:
        NotKept: no room or no permission, or the file is no longer the one whose sha256 is `load_id`.
    """
    try:
        return store(archive, source, load_id)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else error
        raise NotKept(
            f"{source} cannot be kept in {archive} ({why}), so it was not loaded: make room or"
            " allow writing there, or run with --discard-raw and keep the file elsewhere"
        ) from error


def store(archive: Path, source: Path, sha256: str) -> Path:
    """Put any file into an archive under its hash, as `keep` does.

    Raises:
        NotKept: the file is no longer the one with that sha256.
        OSError: no room or no permission.
    """
    place = place_of(archive, sha256)
    if _holds(place, sha256):
        return place
    archive.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    place.parent.mkdir(mode=OWNER_ONLY_FOLDER, exist_ok=True)
    with _new_file(place) as draft:
        with pa.output_stream(str(draft), compression="zstd") as out:
            found = _copy(source, out)
        if found != sha256:
            raise NotKept(f"{source} has changed while it was read: run again when it is complete")
    return place


def clear_drafts(archive: Path) -> None:
    """Remove what a killed run had begun to put into the archive; nobody may be putting anything there now."""
    for draft in archive.rglob(".*.part"):
        draft.unlink(missing_ok=True)


def restore(archive: Path, load_id: str, target: Path) -> None:
    """Write the archived file of that sha256 to `target`, byte for byte as it was received.

    Raises:
        NotRestored: the archive does not hold it, or holds it damaged; `target` is then as it was.
        OSError: `target` cannot be written.
    """
    place = place_of(archive, load_id)
    if not place.is_file():
        raise NotRestored(f"{archive} does not hold the file with sha256 {load_id}: it was loaded with --discard-raw")
    with _new_file(target) as draft:
        with draft.open("wb") as out:
            found = _unpack(place, out)
        if found != load_id:
            raise NotRestored(f"{place} is damaged: its content is not the file with sha256 {load_id}")


def is_whole(archive: Path, load_id: str) -> bool:
    """Whether the archive holds the file of that sha256, byte for byte."""
    return _holds(place_of(archive, load_id), load_id)


def _holds(place: Path, load_id: str) -> bool:
    return place.is_file() and _unpack(place, None) == load_id


def _unpack(place: Path, out: IO[bytes] | None) -> str | None:
    """The sha256 of an archived file, which is also written to `out`; None where it cannot be unpacked."""
    digest = hashlib.sha256()
    with place.open("rb") as packed:
        try:
            with pa.CompressedInputStream(packed, "zstd") as pieces:
                while piece := pieces.read(CHUNK):
                    digest.update(piece)
                    if out is not None:
                        out.write(piece)
        except OSError as error:
            if error.errno is not None:  # pyarrow's own complaints about the content have no number
                raise
            return None
    return digest.hexdigest()


def _copy(source: Path, out: pa.NativeFile) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as pieces:
        while piece := pieces.read(CHUNK):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


@contextmanager
def _new_file(place: Path) -> Iterator[Path]:
    """A draft to write, which takes the place's name only once it is complete and on the disk; its owner's alone."""
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY_FILE))
    try:
        yield draft
        flush(draft)
        draft.replace(place)
        flush(place.parent)
    finally:
        draft.unlink(missing_ok=True)
