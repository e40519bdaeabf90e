"""Who is paid for an entry.

What belongs here: the order of evidence of practice note P13, the days and the lapse of a designation, numbers compared
as P29 says. What does not: batches and payments (`payments.py`).
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from tests.support.oracle.values import as_date

Record = dict[str, Any]

READINGS: tuple[str, ...] = (
    "payees.csv replaces the undated payee_4811 of importers.csv for every importer it names.",
    (
        "A designation lapses on the day after three years without a transaction; an entry that names the party in "
        "box 28 is one, and a designation made later starts the three years anew. Without any transaction known it "
        "does not lapse."
    ),
    "A cell of box 28 that is there and blank says that nobody stands in it (P6): the importer is paid.",
    "In doubt one notify party stands for the entry; with several the importer does.",
)


def number_key(number: str | None) -> str | None:
    """The number without separators and without the suffix 00 of an employer number NN-NNNNNNN (P29)."""
    if number is None:
        return None
    bare = re.sub(r"[^A-Za-z0-9]", "", number).upper()
    return bare[:9] if re.fullmatch(r"\d{9}00", bare) else bare


def three_years_later(day: date) -> date:
    """The same day three years on; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + 3)
    except ValueError:
        return day.replace(year=day.year + 3, day=28)


def holds(designation: Record, as_of: date, entries: Iterable[Record] = ()) -> bool:
    """Whether a designation (designation_from_date, designation_to_date, last_transaction_date) holds on the day.

    Args:
        designation: one row of payees.csv.
        as_of: the valuation day.
        entries: entries of the importer (box28_number, entry_date): those that name the party are transactions.
    """
    first, last = as_date(designation.get("designation_from_date")), as_date(designation.get("designation_to_date"))
    if (first and first > as_of) or (last and last < as_of):
        return False
    party = number_key(designation["payee_number"])
    named = [entry["entry_date"] for entry in entries if number_key(entry.get("box28_number")) == party]
    stated = as_date(designation.get("last_transaction_date"))
    known = [day for day in (stated, *named) if day and day <= as_of]
    if not known:
        return True
    return three_years_later(max([*known, *([first] if first else [])])) >= as_of


def payee_of(
    entry: Record,
    designations: list[Record],
    default: str | None,
    as_of: date,
    entries: Iterable[Record] = (),
) -> Record:
    """The payee of one entry: `payee_key`, `payee_basis`, and `candidate_keys` where it cannot be told.

    Args:
        entry: importer_number, box28_number, is_box28_stated, es022_payee_number, rev603_payee_number.
        designations: the rows of payees.csv for its importer, one for each party.
        default: payee_4811 of importers.csv.
        as_of: the valuation day.
        entries: all entries of the importer.
    """
    rows = designations or ([{"payee_number": default}] if default else [])
    parties = sorted({str(number_key(row["payee_number"])) for row in rows if holds(row, as_of, entries)})
    importer, box28 = number_key(entry["importer_number"]), number_key(entry.get("box28_number"))

    def told(key: str | None, basis: str, candidates: list[str] | None = None) -> Record:
        return {"payee_key": key, "payee_basis": basis, "candidate_keys": sorted(candidates or [])}

    if entry.get("es022_payee_number"):
        return told(number_key(entry["es022_payee_number"]), "es022")
    if entry.get("rev603_payee_number"):
        return told(number_key(entry["rev603_payee_number"]), "rev603")
    if box28 in parties:
        return told(box28, "designated")
    if box28 is None and not entry.get("is_box28_stated") and parties:
        shown = [key for key in (importer, *parties) if key]
        return told(parties[0] if len(parties) == 1 else importer, "ambiguous", shown)
    return told(importer, "importer")
