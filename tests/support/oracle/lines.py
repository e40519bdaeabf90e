"""What each filed duty row is, and what part of a stacked line is IEEPA duty.

What belongs here: the reading of one tariff row against the heading registry, the split of one entry line, the netting
of the 15 % headings (C-2), the ranges of P24 and the named policies. What does not: what column 1 duty is
(``column_1``), what the rows of a line say of each other (``stacks``), whether or when the money comes back
(eligibility, payments), interest, and any knowledge of headings that is not passed in.

The three principles, from hts_registry.md C-1 and C-2 and practice.md P24:

1. A line is split row by row. The refundable amount is the duty *filed on the row*; a rate only tests it.
2. The one exception is a 15 % heading, whose row may hold column 1 duty: that share is taken off where column 1 is
   known, and becomes a range where it is not.
3. What is doubtful counts nothing in the low figure and everything in the high one.

Anomalies carry the codes of registry_seeds/README.md.

``READINGS`` lists what had to be chosen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.support.oracle.column_1 import Column1, column_1_of
from tests.support.oracle.stacks import country_of, line_anomalies
from tests.support.oracle.values import ZERO, as_date, as_money, cents, total

Record = dict[str, Any]

READINGS: tuple[str, ...] = (
    (
        "A 9903.01/.02 number that the registry does not list (9903.01.35, .39 …) is unknown_chapter_99, not IEEPA: "
        "hts_registry E says to reject it if met. Its duty counts in other_chapter99_usd."
    ),
    (
        "Bucket of an IEEPA heading: `ieepa` if the window of the entry date imposes duty, `ieepa_exempt` if it "
        "does not (exempt, in transit, suspended) or if no window holds the day (C-1: IEEPA is what imposes duty on "
        "the entry date). Without an entry date: `ieepa` if the heading ever imposes duty, else `ieepa_exempt`."
    ),
    (
        "is_ieepa_duty says that the row carries duty and its bucket is `ieepa`; a heading without duty is no IEEPA "
        "duty (C-1: the paid amount, never the mere presence). A wrong origin leaves it true and makes the amount "
        "doubtful (P24 goes before hts_registry gap 8, which would trust the heading)."
    ),
    (
        "9903.96.01/.02 are ieepa_exempt inside their registry window and other_chapter_99 outside it: they outlive "
        "IEEPA. Without an entry date they are ieepa_exempt and doubtful like every other IEEPA heading."
    ),
    (
        "Only the registry's country column is tested. That Canada, Mexico and column 2 countries never owe "
        "reciprocal duty (C-5) does not make a paid 9903.01.25 row doubtful, since its country column says ALL."
    ),
    (
        "A missing origin is flagged and not treated as a wrong one; a missing entry date leaves every IEEPA row "
        "doubtful, since no window can be tested."
    ),
    (
        "Canadian province and region codes (XA, XB, XC, XD, XE, XM, XN, XO, XP, XQ, XS, XT, XV, XW, XY) mean CA; EU "
        "is the 27 members."
    ),
    (
        "A row of type 06 that lies outside its window or deviates from its rate (P41 names these two; any family, "
        "with or without duty) may fit the day of admission to the zone, and says so; an IEEPA row is then in doubt "
        "(P24). Type 06 rows that fit are certain. On other types a deviating rate is flagged and the filed duty stays "
        "certain, because the paid amount counts and not a recomputation."
    ),
    (
        "Outside every window of a heading nothing is said of what the heading was in another one: the row is outside "
        "its window, neither exempt, suspended nor superseded. Without a date, duty under a heading that never imposes "
        "any is duty on an exempt heading. A credit is duty."
    ),
    (
        "A deviating rate is flagged beyond the greater of 0.5 % of the expected duty and one cent (P41), never on "
        "a row with zero duty (exempt Chapter 98 goods must list the heading with 0)."
    ),
    (
        "No expected duty where the base is not on the line: no value, or a Chapter 98 row on the line (C-5: repair "
        "value, or value less US components). At a rate of zero it is zero whatever the base."
    ),
    (
        "The entered value stands on the Chapter 1-97 rows (C-1); where none of them states one, the values of the "
        "other rows are taken, since lines with the value on the wrong row are accepted (CSMS 69056483). Stated on "
        "some Chapter 1-97 rows only, it is unknown."
    ),
    (
        "9904 (agricultural safeguards) is other_chapter_99; the registry note 'ordinary duty bucket' is read as "
        "'not refundable'. Section 338, 421, Russia column 2, quotas, 9901, 9902, 9905-9923 are other_chapter_99 "
        "too."
    ),
    "A row of another Chapter 99 family outside that family's dates keeps its bucket and is flagged.",
    (
        "15 % heading, Chapter 1-97 duty above 0 and total about 15 %, column 1 neither printed nor stated by the "
        "user: the filed base row is column 1, so that the row under the 15 % heading is IEEPA as a whole (issue 4). "
        "A printed or stated rate that the base row contradicts goes before it and gives a range."
    ),
    (
        "A range under a 15 % heading has one reason: column 1 is unknown, or else the rows do not make 15 % of the "
        "value with it, which includes lines without a value and with several such rows."
    ),
    (
        "15 % heading with column 1 at or above 15 %: the share max(0.15 - column 1, 0) is 0, so the net is never "
        "below 0."
    ),
    (
        "More than one certain 15 % row with duty on a line, or no value on the line, cannot be tested: range (C-1: "
        "exactly one such heading applies to a value). A row without duty, and one in doubt, are not counted."
    ),
    "Negative duty on a doubtful row counts in full at both ends: a credit never raises the claim.",
    (
        "Blank duty adds nothing to any sum; on a heading that imposes duty it is flagged and counted, on others it is "
        "as good as zero."
    ),
    (
        "Zone goods (type 06) with a known privileged foreign date stand under the law of that day, before any policy "
        "on filing dates: 19 CFR 146.41 fixes their rate on admission. With that day known a misfit is no longer "
        "excused."
    ),
    (
        "A heading that a policy leaves out of IEEPA is other Chapter 99 duty without rate, expectation or anomaly of "
        "its own; as a filed heading it is still company for the others of its line (``stacks``). "
        "9903.96.01/.02 are then what their own family says."
    ),
    (
        "split_basis is the weakest of the line: replacement_range, then replacement_net, then filed_rows (also for "
        "the ranges of P24). rate_derived is never used, because nothing in the documents allows a recomputed "
        "principal."
    ),
)

FIFTEEN_PERCENT = Decimal("0.15")
ONE = Decimal(1)
RELATIVE_TOLERANCE = Decimal("0.005")
ABSOLUTE_TOLERANCE = Decimal("0.01")

EU_MEMBERS = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    }
)
# Family programme prefix → duty_bucket, first that fits; every other Chapter 99 family is other_chapter_99.
FAMILY_BUCKETS = (
    ("s232", "section_232"),
    ("s301", "section_301"),
    ("s201", "section_201"),
    ("s122", "section_122"),
    ("ch98", "chapter_98"),
    ("ordinary", "column_1"),
)

SECTION_AMOUNTS = {
    "section_232": "section_232_usd",
    "section_301": "section_301_usd",
    "section_201": "section_201_usd",
    "section_122": "section_122_usd",
    "chapter_98": "chapter_98_usd",
    "other_chapter_99": "other_chapter99_usd",
    "unknown_chapter_99": "other_chapter99_usd",
    "column_1": "column_1_usd",
}

# An IEEPA row with one of these counts 0 in the low figure and its duty in the high one (P24).
DOUBTS = frozenset(
    {
        "DUTY-ON-EXEMPT-HEADING",
        "DUTY-ON-SUSPENDED-HEADING",
        "OUTSIDE-WINDOW",
        "ENTRY-DATE-ABSENT",
        "WRONG-ORIGIN",
        "PRIVILEGED-FOREIGN-DATE-UNKNOWN",
    }
)
# What the zone admission may explain on a type 06 row (P41).
MISFITS = frozenset({"RATE-DEVIATES", "OUTSIDE-WINDOW"})

FIRST_DAY = date(2025, 2, 4)
LAST_DAY = date(2026, 2, 23)


@dataclass(frozen=True)
class Policies:
    """The readings a user may choose where the guides disagree; the defaults are the best supported."""

    ieepa_first_day: date = FIRST_DAY
    ieepa_last_day: date = LAST_DAY
    ieepa_headings: str | None = None  # `9903.01.25-9903.01.70`, both ends included; None is every heading
    law_date: str = "entry_date"  # or filing_date
    zone_goods_date: str = "privileged_foreign_date"  # or entry_date
    fifteen_percent_headings: str = "column_1_restored"  # or whole_row

    def window(self, window: Record) -> Record:
        """A registry window with the first and last day of the policy."""
        start, end = as_date(window["effective_from"]), as_date(window["effective_to"])
        if start == FIRST_DAY:
            start = self.ieepa_first_day
        if end is None or end == LAST_DAY or end > self.ieepa_last_day:
            end = self.ieepa_last_day
        return {**window, "effective_from": start, "effective_to": end}

    def is_ieepa(self, heading: str) -> bool:
        """Whether the policy counts a heading of the registry as IEEPA at all."""
        if self.ieepa_headings is None:
            return True
        first, last = self.ieepa_headings.split("-")
        return first.strip() <= heading <= last.strip()

    def law_day(self, row: Record) -> date | None:
        """The day whose law decides a row: of admission to the zone, of filing, or of entry; None where unknown."""
        entered = as_date(row.get("entry_date")) or as_date(row.get("baseline_entry_date"))
        admitted = self.admission_day(row)
        if admitted is not None:
            return admitted
        if self.law_date == "filing_date":
            return as_date(row.get("entry_summary_date")) or entered
        return entered

    def admission_day(self, row: Record) -> date | None:
        """The day privileged foreign status was fixed, for zone goods only and where the policy asks for it."""
        is_zone = str(row.get("entry_type_code") or "").zfill(2) == "06"
        is_asked = self.zone_goods_date == "privileged_foreign_date"
        return as_date(row.get("privileged_foreign_date")) if is_zone and is_asked else None


BEST_SUPPORTED = Policies()


def heading_of(hts_number: str) -> str:
    """The first eight digits of an HTS number, dotted: ``99030125``, ``9903.01.25`` and ``9903012500`` are one.

    Raises:
        ValueError: fewer than eight digits, or something that is no digit (such a row belongs in quarantine).
    """
    digits = re.sub(r"[.\s]", "", hts_number)
    if not re.fullmatch(r"\d{8,10}", digits):
        raise ValueError(f"not an HTS number: {hts_number!r}")
    return f"{digits[:4]}.{digits[4:6]}.{digits[6:8]}"


def classify(
    row: Record, headings: list[Record], families: list[Record], policies: Policies = BEST_SUPPORTED
) -> Record:
    """Read one tariff row against the registry.

    Args:
        row: hts_number (text), entry_date, country_of_origin, duty_usd (None or empty: blank); optional
            baseline_entry_date (the entry's, for rows without one), entry_summary_date, privileged_foreign_date,
            goods_value_usd, base_value_usd (the value the duty was reckoned on; the line's value, filled in by
            ``split_line``), entry_type_code. Amounts in dollars as Decimal or text.
        headings: rows of ieepa_headings.csv.
        families: rows of other_ch99_families.csv.
        policies: which readings to take.

    Returns:
        heading, law_date, duty_bucket, programme, filed_programme (the programme of the heading whatever a policy
        makes of it), is_ieepa_duty, registry_rate (decimal; None outside a window and for
        a 15 % heading, whose rate is a rule), expected_duty_usd (or None), rate_kind, anomalies (sorted codes of the
        row by itself), certain (False where an IEEPA row is in doubt, P24).

    Raises:
        ValueError: the HTS number is unusable.
    """
    heading = heading_of(str(row["hts_number"]))
    windows = [policies.window(window) for window in headings if window["heading"] == heading]
    day = policies.law_day(row)
    current = _in_force(windows, day)
    if windows and not policies.is_ieepa(heading) and not _outlives_ieepa(windows):
        left_out = _no_ieepa(heading, day, "other_chapter_99", None)
        return {**left_out, "filed_programme": windows[0]["programme"], "anomalies": []}
    if policies.is_ieepa(heading) and windows and (current or day is None or not _outlives_ieepa(windows)):
        return _classify_ieepa(row, heading, day, windows, current, policies)
    return _classify_other(row, heading, day, families, policies)


def _classify_ieepa(
    row: Record, heading: str, day: date | None, windows: list[Record], current: Record | None, policies: Policies
) -> Record:
    filed = as_money(row["duty_usd"])
    duty = filed or ZERO
    dated = day is not None
    imposes = _imposes(current) if current else not dated and any(_imposes(window) for window in windows)
    anomalies = set()
    rate: Decimal | None = None
    expected: Decimal | None = None

    if current is None:
        anomalies.add("OUTSIDE-WINDOW" if dated else "ENTRY-DATE-ABSENT")
        if not dated and not imposes and duty != 0:
            anomalies.add("DUTY-ON-EXEMPT-HEADING")
    else:
        rate = None if current["rate_kind"] == "floor_inclusive" else Decimal(str(current["rate"]))
        expected = _expected_duty(rate, row)
        if not imposes and duty != 0:
            suspended = current["rate_kind"] == "suspended"
            anomalies.add("DUTY-ON-SUSPENDED-HEADING" if suspended else "DUTY-ON-EXEMPT-HEADING")
        if imposes and duty != 0 and expected is not None and not close_to(duty, expected):
            anomalies.add("RATE-DEVIATES")
        if current["rate_kind"] == "ad_valorem_add_superseded_retro":
            anomalies.add("SUPERSEDED-RETROACTIVE")
    if imposes and filed is None:
        anomalies.add("DUTY-ABSENT")

    anomalies |= _origin_anomaly(str(row.get("country_of_origin") or ""), (current or windows[0])["country"])
    anomalies |= _zone_anomaly(row, anomalies, policies)
    return {
        "heading": heading,
        "law_date": day,
        "duty_bucket": "ieepa" if imposes else "ieepa_exempt",
        "programme": (current or windows[0])["programme"],
        "filed_programme": (current or windows[0])["programme"],
        "is_ieepa_duty": imposes and duty != 0,
        "registry_rate": rate,
        "expected_duty_usd": expected,
        "rate_kind": current["rate_kind"] if current else None,
        "anomalies": sorted(anomalies),
        "certain": not anomalies & DOUBTS,
    }


def _zone_anomaly(row: Record, anomalies: set[str], policies: Policies) -> set[str]:
    is_zone = str(row.get("entry_type_code") or "").zfill(2) == "06"
    is_open = policies.admission_day(row) is None and bool(anomalies & MISFITS)
    return {"PRIVILEGED-FOREIGN-DATE-UNKNOWN"} if is_zone and is_open else set()


def _classify_other(row: Record, heading: str, day: date | None, families: list[Record], policies: Policies) -> Record:
    family = _family_of(heading, families)
    anomalies = set()
    if family is None:
        bucket, programme = "unknown_chapter_99", None
        anomalies.add("UNKNOWN-HEADING")
    else:
        programme = family["programme"]
        bucket = next((name for prefix, name in FAMILY_BUCKETS if programme.startswith(prefix)), "other_chapter_99")
        if day is not None and not _covers(family, day):
            anomalies.add("OUTSIDE-WINDOW")
    anomalies |= _zone_anomaly(row, anomalies, policies)
    return {**_no_ieepa(heading, day, bucket, programme), "anomalies": sorted(anomalies)}


def _no_ieepa(heading: str, day: date | None, bucket: str, programme: str | None) -> Record:
    return {
        "heading": heading,
        "law_date": day,
        "duty_bucket": bucket,
        "programme": programme,
        "filed_programme": programme,
        "is_ieepa_duty": False,
        "registry_rate": None,
        "expected_duty_usd": None,
        "rate_kind": None,
        "certain": True,
    }


def split_line(
    rows_of_line: list[Record],
    headings: list[Record],
    families: list[Record],
    column_1_rate_fact: str | None = None,
    *,
    quantity_units: Sequence[Record] = (),
    stacking_rules: Sequence[Record] = (),
    preference_claims: Sequence[Record] = (),
    ieepa_first_day: date = FIRST_DAY,
    ieepa_last_day: date = LAST_DAY,
    ieepa_headings: str | None = None,
    law_date: str = "entry_date",
    zone_goods_date: str = "privileged_foreign_date",
    fifteen_percent_headings: str = "column_1_restored",
) -> Record:
    """Split the duty of one entry line.

    Args:
        rows_of_line: every tariff row of the line, as for ``classify``; rows may carry line_spi_code, and Chapter 1-97
            rows column_1_rate (the text of the report's `Column 1 Current Primary Duty Rate`) and quantities as for
            ``column_1.quantity_of``.
        headings: rows of ieepa_headings.csv.
        families: rows of other_ch99_families.csv.
        column_1_rate_fact: the user's own column 1 rate of the entry, `0.037`, `3.7%` or `2.8¢/kg`.
        quantity_units: rows with printed_unit and unit_code.
        stacking_rules: as for ``stacks.line_anomalies``.
        preference_claims: as for ``stacks.line_anomalies``.
        ieepa_first_day: where the windows start that start on 4 February 2025.
        ieepa_last_day: where the windows end that end on 23 February 2026; no window ends later.
        ieepa_headings: the range of headings that are IEEPA, `9903.01.25-9903.01.70`; None is all of the registry.
        law_date: entry_date or filing_date, the day whose windows count.
        zone_goods_date: privileged_foreign_date or entry_date, the same for type 06.
        fifteen_percent_headings: column_1_restored (C-2) or whole_row (the row as filed is IEEPA).

    Returns:
        paid_duty_usd, ieepa_usd (= ieepa_low_usd), ieepa_low_usd, ieepa_high_usd, undetermined_usd, non_ieepa_usd,
        section_232_usd, section_301_usd, section_201_usd, section_122_usd, chapter_98_usd, other_chapter99_usd,
        column_1_usd, split_basis, rests_on_assumption, column_1_applied_rate and column_1_basis (None where column 1 is
        unknown or not asked), absent_duty_row_count, programmes, anomalies, rows (what ``classify`` says of each row,
        in order, with the anomalies that show beside the other rows). To the cent: paid = ieepa + undetermined +
        non_ieepa, and non_ieepa = the sum of the seven other amounts.

    Raises:
        ValueError: a row is unusable (see ``classify``) or the line has no row.
    """
    if not rows_of_line:
        raise ValueError("a line without rows cannot be split")
    policies = Policies(
        ieepa_first_day, ieepa_last_day, ieepa_headings, law_date, zone_goods_date, fifteen_percent_headings
    )
    value, value_known = _line_value(rows_of_line)
    has_chapter_98 = any(heading_of(str(row["hts_number"])).startswith("98") for row in rows_of_line)
    base = value if value_known and not has_chapter_98 else None
    classified = [classify({**row, "base_value_usd": base}, headings, families, policies) for row in rows_of_line]
    duties = [cents(as_money(row["duty_usd"]) or ZERO) for row in rows_of_line]
    beside = line_anomalies(rows_of_line, classified, stacking_rules, preference_claims, has_value=value_known)
    for result, codes in zip(classified, beside, strict=True):
        result["anomalies"] = sorted({*result["anomalies"], *codes})

    amounts = dict.fromkeys(SECTION_AMOUNTS.values(), ZERO)
    low = high = ZERO
    anomalies = {code for result in classified for code in result["anomalies"]}
    bases = {"filed_rows"}
    fifteen_percent_rows = sum(_is_fifteen_percent(result) and result["certain"] for result in classified)
    commodity_rows = [
        row for row, result in zip(rows_of_line, classified, strict=True) if result["duty_bucket"] == "column_1"
    ]
    ordinary_duty = sum((cents(as_money(row["duty_usd"]) or ZERO) for row in commodity_rows), ZERO)
    column_1_applied_rate = column_1_basis = None

    for duty, result in zip(duties, classified, strict=True):
        bucket = result["duty_bucket"]
        if bucket in SECTION_AMOUNTS:
            amounts[SECTION_AMOUNTS[bucket]] += duty
        elif not result["certain"]:
            low += min(duty, ZERO)
            high += duty
        elif not _is_fifteen_percent(result) or duty <= 0 or fifteen_percent_headings == "whole_row":
            low += duty
            high += duty
        else:
            # A rate is known or not whatever the value; what is due is reckoned on the value.
            column_1 = column_1_of(commodity_rows, column_1_rate_fact, value if value_known else ONE, quantity_units)
            share = fifteen_percent_share(
                duty, ordinary_duty, value if value_known else None, column_1, is_alone=fifteen_percent_rows == 1
            )
            column_1_applied_rate, column_1_basis = share["column_1_applied_rate"], share["column_1_basis"]
            low += share["low"]
            high += share["high"]
            amounts["column_1_usd"] += share["column_1"]
            bases.add(share["basis"])
            anomalies |= share["anomalies"]

    paid = sum(duties, ZERO)
    split_basis = next(basis for basis in ("replacement_range", "replacement_net", "filed_rows") if basis in bases)
    return {
        "paid_duty_usd": paid,
        "ieepa_usd": low,
        "ieepa_low_usd": low,
        "ieepa_high_usd": high,
        "undetermined_usd": high - low,
        "non_ieepa_usd": paid - high,
        **amounts,
        "split_basis": split_basis,
        "rests_on_assumption": None if split_basis == "filed_rows" else "column1_restored",
        "column_1_applied_rate": column_1_applied_rate,
        "column_1_basis": column_1_basis,
        "absent_duty_row_count": sum("DUTY-ABSENT" in result["anomalies"] for result in classified),
        "programmes": sorted(
            {
                result["programme"]
                for duty, result in zip(duties, classified, strict=True)
                if result["duty_bucket"] == "ieepa" or (result["duty_bucket"] == "ieepa_exempt" and duty != 0)
            }
        ),
        "anomalies": sorted(anomalies),
        "rows": classified,
    }


def fifteen_percent_share(
    row_duty: Decimal,
    ordinary_duty: Decimal,
    value: Decimal | None,
    column_1: Column1 | None,
    *,
    is_alone: bool = True,
) -> Record:
    """The IEEPA share of one row under a 15 % heading (C-2).

    Args:
        row_duty: duty filed on the 9903 row, above 0.
        ordinary_duty: duty filed on the Chapter 1-97 rows of the line.
        value: entered value of the line; None where it is unknown.
        column_1: what the printed or stated rate makes of it; None where that is unknown.
        is_alone: whether no other 15 % row of the line carries duty.

    Returns:
        low, high (the IEEPA share), column_1 (the share netted out), basis, anomalies (a set of codes),
        column_1_applied_rate, column_1_basis (printed, entry_facts or filed_base_row; None without a value).
    """
    fits = value is not None and is_alone and close_to(row_duty + ordinary_duty, FIFTEEN_PERCENT * value)
    if column_1 is None and fits and ordinary_duty > 0:  # the filed base row is all that speaks of column 1
        column_1 = Column1(ordinary_duty, Fraction(ordinary_duty) / Fraction(value or ONE), "filed_base_row")
    is_used = column_1 is not None and value is not None
    known = {
        "column_1_applied_rate": column_1.applied_rate if is_used else None,
        "column_1_basis": column_1.basis if is_used else None,
    }
    in_doubt = {**known, "low": ZERO, "high": row_duty, "column_1": ZERO, "basis": "replacement_range"}
    if column_1 is None:
        return {**in_doubt, "anomalies": {"COLUMN-1-UNKNOWN"}}
    if not fits:
        return {**in_doubt, "anomalies": {"FLOOR-DOES-NOT-ADD-UP"}}

    not_below = {"COLUMN-1-NOT-BELOW-FLOOR"} if column_1.rate >= Fraction(FIFTEEN_PERCENT) else set()
    known["anomalies"] = not_below
    if ordinary_duty == 0:  # whole 15 % on the 9903 row: take column 1 off
        ieepa = max(row_duty - column_1.due, ZERO)
        return {**known, "low": ieepa, "high": ieepa, "column_1": row_duty - ieepa, "basis": "replacement_net"}
    if close_to(ordinary_duty, column_1.due):  # drawback style: column 1 stands on its own row
        return {**known, "low": row_duty, "high": row_duty, "column_1": ZERO, "basis": "filed_rows"}
    return {**in_doubt, "anomalies": {"FLOOR-DOES-NOT-ADD-UP"}}


def close_to(amount: Decimal, expected: Decimal) -> bool:
    """Within the greater of 0.5 % of the expected amount and one cent (P41)."""
    return abs(amount - expected) <= max(abs(expected) * RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE)


def _is_fifteen_percent(result: Record) -> bool:
    return result["rate_kind"] == "floor_inclusive" and result["is_ieepa_duty"]


def _line_value(rows_of_line: list[Record]) -> tuple[Decimal, bool]:
    """The entered value, which stands on the Chapter 1-97 rows (C-1) or is misplaced, and whether it is known."""
    ordinary = [row for row in rows_of_line if heading_of(str(row["hts_number"]))[:2] not in {"98", "99"}]
    stated = [as_money(row.get("goods_value_usd")) for row in ordinary]
    if not any(value is not None and value > 0 for value in stated):
        stated = [value for row in rows_of_line if (value := as_money(row.get("goods_value_usd"))) is not None]
    value = total(stated)
    return (value, True) if value is not None and value > 0 else (ZERO, False)


def _expected_duty(rate: Decimal | None, row: Record) -> Decimal | None:
    if rate is None:
        return None
    if rate == 0:
        return ZERO
    base = as_money(row["base_value_usd"] if "base_value_usd" in row else row.get("goods_value_usd"))
    return cents(rate * base) if base else None


def _in_force(windows: list[Record], day: date | None) -> Record | None:
    return next((window for window in windows if day is not None and _covers(window, day)), None)


def _covers(window: Record, day: date) -> bool:
    """Both ends of a registry window are inclusive; an empty end is open."""
    start, end = as_date(window["effective_from"]), as_date(window["effective_to"])
    return (start is None or start <= day) and (end is None or day <= end)


def _imposes(window: Record) -> bool:
    return str(window["imposes_duty"]) == "1"


def _outlives_ieepa(windows: list[Record]) -> bool:
    return all(window["rate_kind"] == "zero_exempt_companion" for window in windows)


def _origin_anomaly(origin: str, country: str) -> set[str]:
    if country == "ALL":
        return set()
    if not origin.strip():
        return set()  # missing is not wrong
    origin = country_of(origin)
    allowed = set(country.split("|"))
    if "EU" in allowed:
        allowed |= EU_MEMBERS
    return set() if origin in allowed else {"WRONG-ORIGIN"}


def _family_of(heading: str, families: list[Record]) -> Record | None:
    """The narrowest family pattern that covers the heading: a heading, `a-b`, or a template with x."""
    number = int(heading.replace(".", ""))
    found: list[tuple[int, int]] = []
    for position, family in enumerate(families):
        ends = re.fullmatch(r"([\dx]{4}\.[\dx]{2}\.[\dx]{2})(?:-([\dx]{4}\.[\dx]{2}\.[\dx]{2}))?", family["pattern"])
        if ends is None or family["programme"] == "ieepa":
            continue  # case numbers and fee codes are no HTS rows; IEEPA headings have their own registry
        first, last = ends.group(1), ends.group(2) or ends.group(1)
        low, high = int(first.replace(".", "").replace("x", "0")), int(last.replace(".", "").replace("x", "9"))
        if low <= number <= high:
            found.append((high - low, position))
    return families[min(found)[1]] if found else None
