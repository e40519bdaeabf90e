"""What the rows of one entry line say of each other: headings that are missing beside, exclude or repeat one another.

What belongs here: anomalies that only show when a line is read as a whole, and the countries of origin codes. What does
not: what a row is by itself and what it is worth (``lines``); nothing here moves an amount. The rules come in as data.

``READINGS`` lists what had to be chosen.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tests.support.oracle.values import as_date, as_money

Record = dict[str, Any]

READINGS: tuple[str, ...] = (
    (
        "Duty is any amount but zero; a blank is none. A row is of the programme of its heading whatever the day says "
        "of its duty, so that an exempt or suspended heading is a companion like any other, and duty on it is duty."
    ),
    "The window of a rule is asked for the day whose law decides the row with the duty; undated rows break none.",
    (
        "A missing origin meets a rule for every origin, also where some are excepted, and no rule or claim for named "
        "countries."
    ),
    ("A heading that a policy leaves out of IEEPA keeps company to others and neither needs nor excludes any."),
    (
        "Of two duties that exclude each other both are filed and paid; the one that should have yielded carries the "
        "code."
    ),
    "Two different reciprocal headings with duty are a duplicate only where both impose duty on the day (C-1).",
    (
        "KORUS bears on the column 1 share inside the heading it names; other reciprocal headings of Korea carry no "
        "claim. The other agreements bear on every duty row of their programme."
    ),
    (
        "DUTY-WITHOUT-VALUE speaks of duty under a heading that imposes IEEPA duty, on a line whose value is absent, "
        "zero or only partly stated."
    ),
)

CANADIAN_PROVINCES = frozenset(
    {"XA", "XB", "XC", "XD", "XE", "XM", "XN", "XO", "XP", "XQ", "XS", "XT", "XV", "XW", "XY"}
)


def country_of(origin: str) -> str:
    """The country an origin code means: Canadian provinces are CA."""
    origin = origin.strip().upper()
    return "CA" if origin in CANADIAN_PROVINCES else origin


def line_anomalies(
    rows_of_line: Sequence[Record],
    classified: Sequence[Record],
    stacking_rules: Sequence[Record],
    preference_claims: Sequence[Record],
    *,
    has_value: bool,
) -> list[set[str]]:
    """The codes of each row that show only beside the others, in the order of the rows.

    Args:
        rows_of_line: duty_usd, optional country_of_origin and line_spi_code.
        classified: what ``lines.classify`` says of each.
        stacking_rules: rows with kind (`needs` or `excludes`), programme, countries, countries_excepted, beside (each
            codes joined by |), effective_from and effective_to.
        preference_claims: rows with spi_code, countries, claim_effect, programme, pattern, effective_from,
            effective_to.
        has_value: whether the line states its value.
    """
    read = [
        {
            **result,
            "duty": as_money(row["duty_usd"]) or Decimal(0),
            "origin": country_of(str(row.get("country_of_origin") or "")),
        }
        for row, result in zip(rows_of_line, classified, strict=True)
    ]
    claimed = {str(row.get("line_spi_code") or "").strip().upper() for row in rows_of_line} - {""}
    return [
        _duplicates(row, read)
        | {code for rule in stacking_rules if (code := _stacking(row, read, rule)) is not None}
        | {"PREFERENCE-CLAIM" for claim in preference_claims if _claims(row, claimed, claim)}
        | ({"DUTY-WITHOUT-VALUE"} if not has_value and row["duty"] != 0 and row["duty_bucket"] == "ieepa" else set())
        for row in read
    ]


def _duplicates(row: Record, line: Sequence[Record]) -> set[str]:
    """One IEEPA heading more than once, or two reciprocal duties of different headings on one value."""
    repeated = row["duty_bucket"].startswith("ieepa") and sum(one["heading"] == row["heading"] for one in line) > 1
    reciprocal = {
        one["heading"]
        for one in line
        if one["programme"] == "reciprocal" and one["duty_bucket"] == "ieepa" and one["duty"] != 0
    }
    is_one_of_them = row["heading"] in reciprocal and row["duty"] != 0
    return {"DUPLICATE-HEADING"} if repeated or (is_one_of_them and len(reciprocal) > 1) else set()


def _stacking(row: Record, line: Sequence[Record], rule: Record) -> str | None:
    if row["programme"] != rule["programme"] or row["duty"] == 0 or not _applies(row, rule):
        return None
    beside = _codes(rule["beside"])
    others = [one for one in line if one["filed_programme"] in beside]
    if rule["kind"] == "needs":
        return None if others else "COMPANION-HEADING-MISSING"
    return "EXCLUDED-STACK" if any(one["duty"] != 0 and one["programme"] in beside for one in others) else None


def _claims(row: Record, claimed: set[str], claim: Record) -> bool:
    is_meant = claim["claim_effect"] != "lowers_column_1" or row["heading"] == claim["pattern"]
    return (
        claim["spi_code"] in claimed
        and row["programme"] == claim["programme"]
        and is_meant
        and row["duty"] != 0
        and _applies(row, claim)
    )


def _applies(row: Record, rule: Record) -> bool:
    """Whether the day and the origin of a row are within a rule."""
    day: date | None = row["law_date"]
    start, end = as_date(rule["effective_from"]), as_date(rule["effective_to"])
    if day is None or (start is not None and day < start) or (end is not None and day > end):
        return False
    if row["origin"] in _codes(rule.get("countries_excepted")):
        return False
    countries = _codes(rule["countries"])
    return "ALL" in countries or row["origin"] in countries


def _codes(joined: str | None) -> set[str]:
    return set((joined or "").split("|")) - {""}
