"""What each filed duty row is, and what part of a stacked line is IEEPA duty.

What belongs here: the reading of one tariff row against the heading registry, the split of one entry line, the netting
of the 15 % headings (C-2) and the ranges of P24. What does not: whether or when the money comes back (eligibility,
payments), interest, and any knowledge of headings that is not passed in.

The three principles, from hts_registry.md C-1 and C-2 and practice.md P24:

1. A line is split row by row. The refundable amount is the duty *filed on the row*; a rate only tests it.
2. The one exception is a 15 % heading, whose row may hold column 1 duty: that share is taken off where column 1 is
   known, and becomes a range where it is not.
3. What is doubtful counts nothing in the low figure and everything in the high one.

``READINGS`` lists what had to be chosen.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any

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
        "Rows of type 06 with a duty that does not fit the registry on the entry date (rate deviates, exempt, "
        "suspended, out of window) are in doubt (P24, P41); type 06 rows that fit are certain. On other types a "
        "deviating rate is flagged and the filed duty stays certain, because the paid amount counts and not a "
        "recomputation."
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
        "Column 1 rate: the report's own column on the Chapter 1-97 rows goes before the entry-wide fact, being per "
        "line; two different printed rates, or a specific or compound one, are unknown and let the fact speak. A "
        "bare number counts as a decimal rate only below 1. On 9903.02.80 with SPI KR the printed general rate did "
        "not apply."
    ),
    (
        "15 % heading, Chapter 1-97 duty above 0 and total about 15 %, column 1 unknown: a range. The filed duty "
        "itself suggests the drawback style, but C-2 says never the whole row as certain when column 1 is unknown."
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
        "split_basis is the weakest of the line: replacement_range, then replacement_net, then filed_rows (also for "
        "the ranges of P24). rate_derived is never used, because nothing in the documents allows a recomputed "
        "principal."
    ),
)

FIFTEEN_PERCENT_HEADINGS = frozenset({"9903.02.20", "9903.02.73", "9903.02.80", "9903.02.83", "9903.02.88"})
FIFTEEN_PERCENT = Decimal("0.15")
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
CANADIAN_PROVINCES = frozenset(
    {"XA", "XB", "XC", "XD", "XE", "XM", "XN", "XO", "XP", "XQ", "XS", "XT", "XV", "XW", "XY"}
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
        "duty_on_exempt_heading",
        "duty_on_suspended_heading",
        "out_of_window",
        "entry_date_missing",
        "wrong_origin",
        "privileged_foreign_doubt",
    }
)


def heading_of(hts_number: str) -> str:
    """The first eight digits of an HTS number, dotted: ``99030125``, ``9903.01.25`` and ``9903012500`` are one.

    Raises:
        ValueError: fewer than eight digits, or something that is no digit (such a row belongs in quarantine).
    """
    digits = re.sub(r"[.\s]", "", hts_number)
    if not re.fullmatch(r"\d{8,10}", digits):
        raise ValueError(f"not an HTS number: {hts_number!r}")
    return f"{digits[:4]}.{digits[4:6]}.{digits[6:8]}"


def classify(row: Record, headings: list[Record], families: list[Record]) -> Record:
    """Read one tariff row against the registry.

    Args:
        row: hts_number (text), entry_date, country_of_origin, duty_usd; optional goods_value_usd, base_value_usd (the
            value the duty was reckoned on; the line's value, filled in by ``split_line``),
            entry_type_code. Amounts in dollars as Decimal or text.
        headings: rows of ieepa_headings.csv.
        families: rows of other_ch99_families.csv.

    Returns:
        heading, duty_bucket, programme, is_ieepa_duty, registry_rate (decimal; None outside a window and for a 15 %
        heading, whose rate is a rule), expected_duty_usd (or None), rate_kind, anomalies (sorted codes), certain
        (False where an IEEPA row is in doubt, P24).

    Raises:
        ValueError: the HTS number or the duty is unusable.
    """
    heading = heading_of(str(row["hts_number"]))
    if as_money(row["duty_usd"]) is None:
        raise ValueError(f"row {heading} has no duty amount: it belongs in quarantine, not in a split")
    windows = [window for window in headings if window["heading"] == heading]
    day = as_date(row.get("entry_date"))
    current = _in_force(windows, day)
    if windows and (current is not None or day is None or not _outlives_ieepa(windows)):
        return _classify_ieepa(row, heading, windows, current)
    return _classify_other(heading, day, families)


def _classify_ieepa(row: Record, heading: str, windows: list[Record], current: Record | None) -> Record:
    duty = as_money(row["duty_usd"])
    assert duty is not None
    dated = as_date(row.get("entry_date")) is not None
    imposes = _imposes(current) if current else not dated and any(_imposes(window) for window in windows)
    anomalies = set()
    rate: Decimal | None = None
    expected: Decimal | None = None

    if current is None:
        anomalies.add("out_of_window" if dated else "entry_date_missing")
    else:
        rate = None if current["rate_kind"] == "floor_inclusive" else Decimal(str(current["rate"]))
        expected = _expected_duty(rate, row)
        if not imposes and duty != 0:
            suspended = current["rate_kind"] == "suspended"
            anomalies.add("duty_on_suspended_heading" if suspended else "duty_on_exempt_heading")
        if imposes and duty != 0 and expected is not None and not close_to(duty, expected):
            anomalies.add("rate_deviates")

    anomalies |= _origin_anomaly(str(row.get("country_of_origin") or ""), (current or windows[0])["country"])
    if duty < 0:
        anomalies.add("negative_duty")
    does_not_fit = anomalies & {"rate_deviates", "duty_on_exempt_heading", "duty_on_suspended_heading", "out_of_window"}
    if str(row.get("entry_type_code") or "").zfill(2) == "06" and duty != 0 and does_not_fit:
        anomalies.add("privileged_foreign_doubt")

    return {
        "heading": heading,
        "duty_bucket": "ieepa" if imposes else "ieepa_exempt",
        "programme": (current or windows[0])["programme"],
        "is_ieepa_duty": imposes and duty != 0,
        "registry_rate": rate,
        "expected_duty_usd": expected,
        "rate_kind": current["rate_kind"] if current else None,
        "anomalies": sorted(anomalies),
        "certain": not anomalies & DOUBTS,
    }


def _classify_other(heading: str, day: date | None, families: list[Record]) -> Record:
    family = _family_of(heading, families)
    anomalies = set()
    if family is None:
        bucket, programme = "unknown_chapter_99", None
        anomalies.add("unknown_heading")
    else:
        programme = family["programme"]
        bucket = next((name for prefix, name in FAMILY_BUCKETS if programme.startswith(prefix)), "other_chapter_99")
        if day is not None and not _covers(family, day):
            anomalies.add("outside_family_window")
    return {
        "heading": heading,
        "duty_bucket": bucket,
        "programme": programme,
        "is_ieepa_duty": False,
        "registry_rate": None,
        "expected_duty_usd": None,
        "rate_kind": None,
        "anomalies": sorted(anomalies),
        "certain": True,
    }


def split_line(
    rows_of_line: list[Record],
    headings: list[Record],
    families: list[Record],
    column_1_rate_fact: str | None = None,
) -> Record:
    """Split the duty of one entry line.

    Args:
        rows_of_line: every tariff row of the line, as for ``classify``; Chapter 1-97 rows may carry column_1_rate
            (the text of the report's `Column 1 Current Primary Duty Rate`) and line_spi_code.
        headings: rows of ieepa_headings.csv.
        families: rows of other_ch99_families.csv.
        column_1_rate_fact: the user's own column 1 rate of the entry, `0.037` or `3.7%`.

    Returns:
        paid_duty_usd, ieepa_usd (= ieepa_low_usd), ieepa_low_usd, ieepa_high_usd, undetermined_usd, non_ieepa_usd,
        section_232_usd, section_301_usd, section_201_usd, section_122_usd, chapter_98_usd, other_chapter99_usd,
        column_1_usd, split_basis, anomalies, rows (what ``classify`` says of each row, in order). To the cent:
        paid = ieepa + undetermined + non_ieepa, and non_ieepa = the sum of the seven other amounts.

    Raises:
        ValueError: a row is unusable (see ``classify``) or the line has no row.
    """
    if not rows_of_line:
        raise ValueError("a line without rows cannot be split")
    value, value_known = _line_value(rows_of_line)
    has_chapter_98 = any(heading_of(str(row["hts_number"])).startswith("98") for row in rows_of_line)
    base = value if value_known and not has_chapter_98 else None
    classified = [classify({**row, "base_value_usd": base}, headings, families) for row in rows_of_line]
    duties = [cents(as_money(row["duty_usd"]) or ZERO) for row in rows_of_line]

    amounts = dict.fromkeys(SECTION_AMOUNTS.values(), ZERO)
    low = high = ZERO
    anomalies = {code for result in classified for code in result["anomalies"]}
    bases = {"filed_rows"}
    fifteen_percent_rows = sum(_is_fifteen_percent(result) and result["certain"] for result in classified)
    ordinary_duty = sum(
        (duty for duty, result in zip(duties, classified, strict=True) if result["duty_bucket"] == "column_1"), ZERO
    )

    for duty, result in zip(duties, classified, strict=True):
        bucket = result["duty_bucket"]
        if bucket in SECTION_AMOUNTS:
            amounts[SECTION_AMOUNTS[bucket]] += duty
        elif not result["certain"]:
            low += min(duty, ZERO)
            high += duty
        elif not _is_fifteen_percent(result) or duty <= 0:
            low += duty
            high += duty
        else:
            rate = column_1_rate_of(rows_of_line, result["heading"], column_1_rate_fact)
            testable = value if value_known and fifteen_percent_rows == 1 else None
            share = fifteen_percent_share(duty, ordinary_duty, testable, rate)
            low += share["low"]
            high += share["high"]
            amounts["column_1_usd"] += share["column_1"]
            bases.add(share["basis"])
            anomalies |= share["anomalies"]

    paid = sum(duties, ZERO)
    return {
        "paid_duty_usd": paid,
        "ieepa_usd": low,
        "ieepa_low_usd": low,
        "ieepa_high_usd": high,
        "undetermined_usd": high - low,
        "non_ieepa_usd": paid - high,
        **amounts,
        "split_basis": next(
            basis for basis in ("replacement_range", "replacement_net", "filed_rows") if basis in bases
        ),
        "anomalies": sorted(anomalies),
        "rows": classified,
    }


def fifteen_percent_share(
    row_duty: Decimal, ordinary_duty: Decimal, value: Decimal | None, column_1_rate: Decimal | None
) -> Record:
    """The IEEPA share of one row under a 15 % heading (C-2).

    Args:
        row_duty: duty filed on the 9903 row, above 0.
        ordinary_duty: duty filed on the Chapter 1-97 rows of the line.
        value: entered value of the line; None where it is unknown or the line cannot be tested.
        column_1_rate: decimal ad valorem rate, None where unknown, specific or compound.

    Returns:
        low, high (the IEEPA share), column_1 (the share netted out), basis, anomalies (a set of codes).
    """
    in_doubt = {"low": ZERO, "high": row_duty, "column_1": ZERO, "basis": "replacement_range"}
    if value is None:
        return {**in_doubt, "anomalies": {"fifteen_percent_not_testable"}}
    if not close_to(row_duty + ordinary_duty, FIFTEEN_PERCENT * value):
        return {**in_doubt, "anomalies": {"fifteen_percent_misfit"}}
    if column_1_rate is None:
        return {**in_doubt, "anomalies": {"column_1_unknown"}}

    column_1_duty = cents(column_1_rate * value)
    if ordinary_duty == 0:  # whole 15 % on the 9903 row: take column 1 off
        ieepa = max(row_duty - column_1_duty, ZERO)
        return {
            "low": ieepa,
            "high": ieepa,
            "column_1": row_duty - ieepa,
            "basis": "replacement_net",
            "anomalies": {"column_1_not_below_15"} if column_1_rate >= FIFTEEN_PERCENT else set(),
        }
    if close_to(ordinary_duty, column_1_duty):  # drawback style: column 1 stands on its own row
        return {"low": row_duty, "high": row_duty, "column_1": ZERO, "basis": "filed_rows", "anomalies": set()}
    return {**in_doubt, "anomalies": {"column_1_duty_misfit"}}


def column_1_rate_of(rows_of_line: list[Record], heading: str, fact: str | None) -> Decimal | None:
    """The ad valorem column 1 rate of a line, or None where it is unknown (see READINGS)."""
    ordinary = [row for row in rows_of_line if heading_of(str(row["hts_number"]))[:2] not in {"98", "99"}]
    korus = heading == "9903.02.80" and any(row.get("line_spi_code") == "KR" for row in rows_of_line)
    printed = {str(row["column_1_rate"]).strip() for row in ordinary if row.get("column_1_rate")}
    if not korus and printed:
        rates = {parse_rate(text) for text in printed}
        if len(rates) == 1 and None not in rates:
            return rates.pop()
    return parse_rate(fact) if fact else None


def parse_rate(text: str) -> Decimal | None:
    """`Free` → 0, `3.7%` → 0.037, `0.037` → 0.037; anything specific, compound or unclear → None."""
    text = text.strip()
    if text.lower() == "free":
        return Decimal(0)
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text):
        return Decimal(match.group(1)) / 100
    if re.fullmatch(r"\d+(?:\.\d+)?", text) and Decimal(text) < 1:
        return Decimal(text)
    return None


def close_to(amount: Decimal, expected: Decimal) -> bool:
    """Within the greater of 0.5 % of the expected amount and one cent (P41)."""
    return abs(amount - expected) <= max(abs(expected) * RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE)


def _is_fifteen_percent(result: Record) -> bool:
    return result["heading"] in FIFTEEN_PERCENT_HEADINGS and result["is_ieepa_duty"]


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
        return {"origin_missing"}
    origin = "CA" if origin.strip().upper() in CANADIAN_PROVINCES else origin.strip().upper()
    allowed = set(country.split("|"))
    if "EU" in allowed:
        allowed |= EU_MEMBERS
    return set() if origin in allowed else {"wrong_origin"}


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
