"""What a user decides about filing, as the command line says it: who submits, and what somebody vouches for.

Belongs here: reading these choices, and writing an attestation into the exports folder, from where it is loaded like
any other reference file. Does not belong here: what the choices do (`sql/refunds/`).

Nothing is remembered that is not an input: an attestation that stood in the warehouse only would be lost with it, so
the option of `cape run` writes the same file that a user may keep by hand.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cape_pipeline.contracts.ace import ATTESTED_FACTS
from cape_pipeline.contracts.fields import SUBMITTER_TYPES
from cape_pipeline.durable import replace_whole

ATTESTATIONS = "attestations.csv"
COLUMNS = ("fact", "importer_number", "entry_number", "attested_by", "attested_on", "evidence")
STALE_STATUS = "stale_status"
FILER_CODE = re.compile(r"[A-Z0-9]{3}")
IMPORTER_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9 -]{7,}")  # an importer key is joined, however the number is written


class UnusableFilingChoice(ValueError):
    """A choice that cannot be read or recorded; the sentence says how to write it."""


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who uploads: an importer, named by its number, or a broker, named by its filer code."""

    submitter_type: str
    submitter_id: str

    def __str__(self) -> str:
        return f"{self.submitter_type}:{self.submitter_id}"


@dataclass(frozen=True, slots=True)
class Attestation:
    """Facts that one person vouches for on one day, for every entry of every importer."""

    facts: tuple[str, ...]
    attested_by: str
    attested_on: date


def as_submitters(text: str) -> tuple[Submitter, ...]:
    """`importer:12-3456789,broker:ABC` in its order; empty text names nobody.

    Raises:
        UnusableFilingChoice: a part that is not of this form.
    """
    return tuple(_as_submitter(part) for part in filter(None, (part.strip() for part in text.split(","))))


def _as_submitter(part: str) -> Submitter:
    submitter_type, mark, named = (piece.strip() for piece in part.partition(":"))
    submitter_id = named.upper()
    is_named = (FILER_CODE if submitter_type == "broker" else IMPORTER_NUMBER).fullmatch(submitter_id)
    if submitter_type not in SUBMITTER_TYPES or not mark or not is_named:
        raise UnusableFilingChoice(
            f"submitter {part}: write importer:NUMBER, such as importer:12-3456789, or broker:FILERCODE with the three"
            " characters of the filer code, such as broker:ABC"
        )
    return Submitter(submitter_type, submitter_id)


def as_attestation(
    facts: str, attested_by: str, attested_on: date, *, accepts_stale: bool = False
) -> Attestation | None:
    """The facts of `--attest`, joined by commas, and a stale status where it is accepted; None where nothing is.

    Raises:
        UnusableFilingChoice: an unknown fact, or nobody who vouches for it.
    """
    named = list(dict.fromkeys(filter(None, (fact.strip() for fact in facts.split(",")))))
    unknown = [fact for fact in named if fact not in ATTESTED_FACTS]
    if unknown:
        raise UnusableFilingChoice(
            f"--attest {unknown[0]}: the facts that can be vouched for are {', '.join(ATTESTED_FACTS)}"
        )
    if accepts_stale and STALE_STATUS not in named:
        named.append(STALE_STATUS)
    if not named:
        return None
    if not attested_by.strip():
        raise UnusableFilingChoice("--attest and --accept-stale are recorded with a name: add --attested-by NAME")
    return Attestation(tuple(named), attested_by.strip(), attested_on)


def record_attestation(exports: Path, attestation: Attestation) -> Path:
    """Add the attestation to attestations.csv in the exports folder; what stands there already is not repeated.

    Raises:
        UnusableFilingChoice: the folder is not there, or its attestations.csv has other columns.
    """
    path = exports / ATTESTATIONS
    try:
        rows = _recorded(path)
        day = attestation.attested_on.isoformat()
        new = [(fact, "", "", attestation.attested_by, day, "") for fact in attestation.facts]
        _write(path, [*rows, *(row for row in new if row not in rows)])
    except (OSError, UnicodeError, csv.Error) as error:
        raise UnusableFilingChoice(f"{path} cannot be written: {error}") from error
    return path


def _recorded(path: Path) -> list[tuple[str, ...]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        headers = tuple(reader.fieldnames or ())
        if set(headers) - set(COLUMNS):
            raise UnusableFilingChoice(
                f"{path} has the columns {', '.join(headers)}: --attest writes {', '.join(COLUMNS)};"
                " rename the file or take the other columns out"
            )
        return [tuple(row.get(column) or "" for column in COLUMNS) for row in reader]


def _write(path: Path, rows: Sequence[tuple[str, ...]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([COLUMNS, *rows])
    replace_whole(path, text.getvalue())
