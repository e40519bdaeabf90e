"""Payment batches, and what CBP paid against what was expected.

What belongs here: the grouping of accepted entries by payee and (re)liquidation date with forecast dates and payment
windows (cape_mechanics 2.7, P18), and the reconciliation of ES-022, REV-603, REV-613 and the bank with the signed
waterfall of P15. What does not: who the payee is (P13, passed in), interest (passed in), reading of files.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

from tests.support.oracle.values import ZERO, as_date, as_money, total

Record = dict[str, Any]

READINGS: tuple[str, ...] = (
    (
        "The batch date of an entry is actual if ES-022 states it, or if the newest liquidation date lies after the "
        "acceptance and not after as-of; the original liquidation of an already liquidated entry is never the key "
        "(cape_mechanics 6 no. 7). A batch is actual only if every entry's date is."
    ),
    (
        "45 calendar days are not moved off weekends; the next business day skips Saturdays, Sundays and the "
        "holidays passed in."
    ),
    (
        "An accepted entry without a forecast (suspended, extended, under review, warehouse, unknown status or "
        "acceptance date) is in no batch and is returned apart."
    ),
    "A batch with an entry of unknown amount has no total: missing is not zero.",
    (
        "Statuses are tried in this order: not_in_es022 and not_in_rev603 (nothing to compare), Funds Diverted "
        "('whatever cash came', architecture 3), cash (matched, over, short, ambiguous), REV-613 or Check/ACH "
        "Returned, else pending (P58)."
    ),
    (
        "Bank rows of one trace are added, reversals being negative; a trace shared by several refunds is shared "
        "out only if it sums to their total, else all of them are ambiguous."
    ),
    (
        "Where refund or credit names no trace (two different traces never match), credits match by amount on value "
        "dates from the refund date to 14 days after it: one credit of the total, or two that are the principal and "
        "the interest of ES-022. More than one possibility, or a credit wanted by two refunds, is ambiguous; none "
        "of it counts as cash."
    ),
    (
        "A bill supports a diversion if it names the refund, or if its payee has exactly one diverted refund. Its "
        "whole amount counts, even if that leaves a negative unexplained amount."
    ),
    (
        "REV-603 totals are taken as before offset unless the caller says `net`; then the bill explains the step "
        "from ES-022 to REV-603 and is not taken off again."
    ),
    (
        "A REV-603 row that ES-022 does not know is another kind of refund only if its type says so "
        "(OTHER_REFUND_TYPES); an unknown type is kept as not_in_es022 (P57)."
    ),
    (
        "A rejected refund without cash is reissued by the earliest later refund of the same payee, amount and, "
        "where both are known, liquidation date; it keeps its row and leaves the totals (P16)."
    ),
    "not_in_rev603: the ES-022 total stands as unexplained, since no report says where it is.",
)

MATCH_WINDOW_DAYS = 14
REVIEW_DAYS = 45
WAREHOUSE_TYPES = frozenset({"21", "22", "31", "32", "34", "38"})
OTHER_REFUND_TYPES = ("DRAWBACK", "PROTEST", "PSC", "POST SUMMARY", "1520", "RECON")


# ---- batches ------------------------------------------------------------------------------------------------------


def next_business_day(day: date, holidays: Iterable[date] = ()) -> date:
    """The first day after ``day`` that is neither Saturday, Sunday nor a holiday."""
    closed = set(holidays)
    day += timedelta(days=1)
    while day.weekday() >= 5 or day in closed:
        day += timedelta(days=1)
    return day


def liquidation_of(entry: Record, as_of: date, holidays: Iterable[date] = ()) -> tuple[date | None, str | None]:
    """The (re)liquidation date of an accepted entry and its basis: `actual`, `forecast`, or None for both.

    Args:
        entry: accepted_date, liquidation_status as printed, liquidation_date (newest of ES-003),
            es022_liquidation_date, entry_type_code.
        as_of: the valuation day.
        holidays: federal holidays.
    """
    accepted = as_date(entry.get("accepted_date"))
    stated = as_date(entry.get("es022_liquidation_date"))
    if stated is not None and stated <= as_of:
        return stated, "actual"
    status = " ".join(str(entry.get("liquidation_status") or "").lower().split())
    newest = as_date(entry.get("liquidation_date"))
    if status == "liquidated" and accepted and newest and accepted < newest <= as_of:
        return newest, "actual"
    if accepted is None or str(entry.get("entry_type_code")) in WAREHOUSE_TYPES:
        return None, None
    if status == "liquidated":
        return next_business_day(accepted, holidays), "forecast"
    if status == "unliquidated":
        return accepted + timedelta(days=REVIEW_DAYS), "forecast"
    return None, None


def payment_window(acceptances: list[date], liquidation: date) -> tuple[date, date]:
    """60 to 90 days from acceptance, never before liquidation, never ending before liquidation + 30 (P18)."""
    first = max(min(acceptances) + timedelta(days=60), liquidation)
    last = max(max(acceptances) + timedelta(days=90), liquidation + timedelta(days=30))
    return first, last


def batches(entries: list[Record], as_of: date, holidays: Iterable[date] = ()) -> tuple[list[Record], list[str]]:
    """Group accepted entries into payments.

    Args:
        entries: entry_number, payee_number, accepted, accepted_date, claim_number, principal_usd, interest_usd, and the
            keys of ``liquidation_of``.
        as_of: the valuation day; an acceptance after it does not exist.
        holidays: federal holidays.

    Returns:
        The batches, ordered by payee and date (payee_number, liquidation_date, liquidation_basis, entry_numbers,
        entry_count, declaration_count, principal_usd, interest_usd, total_usd, payment_from_date, payment_to_date), and
        the numbers of accepted entries that have no date yet.
    """
    groups: dict[tuple[str, date], list[tuple[Record, str]]] = defaultdict(list)
    undated: list[str] = []
    for entry in entries:
        accepted = as_date(entry.get("accepted_date"))
        if not entry["accepted"] or (accepted is not None and accepted > as_of):
            continue
        day, basis = liquidation_of(entry, as_of, holidays)
        if day is None or basis is None:
            undated.append(entry["entry_number"])
        else:
            groups[entry["payee_number"], day].append((entry, basis))

    result = []
    for (payee, day), members in sorted(groups.items()):
        acceptances = [known for entry, _ in members if (known := as_date(entry.get("accepted_date")))]
        first, last = payment_window(acceptances, day) if acceptances else (None, None)
        principal = total(as_money(entry["principal_usd"]) for entry, _ in members)
        interest = total(as_money(entry["interest_usd"]) for entry, _ in members)
        result.append(
            {
                "payee_number": payee,
                "liquidation_date": day,
                "liquidation_basis": "actual" if all(basis == "actual" for _, basis in members) else "forecast",
                "entry_numbers": sorted(entry["entry_number"] for entry, _ in members),
                "entry_count": len(members),
                "declaration_count": len({entry["claim_number"] for entry, _ in members if entry.get("claim_number")}),
                "principal_usd": principal,
                "interest_usd": interest,
                "total_usd": total([principal, interest]),
                "payment_from_date": first,
                "payment_to_date": last,
            }
        )
    return result, sorted(undated)


# ---- reconciliation -----------------------------------------------------------------------------------------------


def reconcile(
    rev603: list[Record],
    es022: list[Record],
    rev613: list[Record],
    bank: list[Record],
    bills: list[Record] | None = None,
    expected: dict[str, tuple[Decimal, Decimal]] | None = None,
    rev603_basis: str = "gross",
) -> dict[str, Any]:
    """Compare every refund with its entries and with the bank.

    Args:
        rev603: newest row per refund: refund_number, payee_number, refund_date, refund_type, refund_secondary_status,
            total_refund_usd, trace_number, optional diverted_usd (CBP's own figure).
        es022: newest row per claim, entry and refund: entry_number, claim_number, payee_number, liquidation_date,
            principal_usd, interest_usd, refund_number (rows without one are still processing and are left out).
        rev613: refund_number of each rejected refund.
        bank: value_date, amount_usd (reversals negative), trace_number; CBP credits only (P59).
        bills: payee_number, amount_usd, bill_number, optional refund_number; the evidence for an offset.
        expected: entry_number → (principal, interest); an entry without a baseline is absent.
        rev603_basis: `gross` or `net` of offsets (P15).

    Returns:
        refunds: one dict per refund (see ``_waterfall``), ordered by refund number;
        other_refunds: refund numbers of other kinds; unmatched_credits: bank rows that belong to no refund;
        totals: the waterfall summed over the refunds that count.

    Raises:
        ValueError: two rows of one refund number in REV-603, or an unknown basis.
    """
    if rev603_basis not in {"gross", "net"}:
        raise ValueError(f"REV-603 is gross or net of offsets, not {rev603_basis!r}")
    repeated = [number for number, count in Counter(row["refund_number"] for row in rev603).items() if count > 1]
    if repeated:
        raise ValueError(f"REV-603 holds several rows of {', '.join(sorted(repeated))}: pass the newest run only")

    entries_of: dict[str, list[Record]] = defaultdict(list)
    for row in es022:
        if row.get("refund_number"):
            entries_of[row["refund_number"]].append(row)
    others = [row for row in rev603 if row["refund_number"] not in entries_of and _is_other_kind(row)]
    ours = [row for row in rev603 if row not in others]

    refunds = [_facts_of(row["refund_number"], row, entries_of.get(row["refund_number"], [])) for row in ours]
    known = {row["refund_number"] for row in rev603}
    refunds += [_facts_of(number, None, rows) for number, rows in entries_of.items() if number not in known]
    refunds.sort(key=lambda refund: str(refund["refund_number"]))

    _attach_bills(refunds, bills or [])
    unmatched = _attach_cash(refunds, bank, rev603_basis)
    rejected_numbers = {row["refund_number"] for row in rev613}
    rows = [_waterfall(refund, rejected_numbers, expected or {}, rev603_basis) for refund in refunds]
    _link_reissues(rows)
    return {
        "refunds": rows,
        "other_refunds": sorted(row["refund_number"] for row in others),
        "unmatched_credits": unmatched,
        "totals": _totals(rows),
    }


def basis_of_rev603(rev603: list[Record], es022: list[Record], bills: list[Record]) -> str:
    """Is REV-603 before or after offsets? `gross`, `net`, or `undecided` (P15: a test per file).

    Decided by the diverted refunds that a bill names: equal to ES-022 is gross, equal to ES-022 less the bill is net.
    """
    votes = set()
    for row in rev603:
        billed = [as_money(bill["amount_usd"]) for bill in bills if bill.get("refund_number") == row["refund_number"]]
        filed = [
            as_money(entry[column])
            for entry in es022
            if entry.get("refund_number") == row["refund_number"]
            for column in ("principal_usd", "interest_usd")
        ]
        offset, certified, shown = total(billed), total(filed), as_money(row["total_refund_usd"])
        if not _says(row, "FUNDS DIVERTED") or not billed or not filed or offset is None or certified is None:
            continue
        if shown == certified:
            votes.add("gross")
        elif shown == certified - offset:
            votes.add("net")
    return votes.pop() if len(votes) == 1 else "undecided"


def _facts_of(number: str, row: Record | None, entries: list[Record]) -> Record:
    """One refund as the two CBP reports show it, before cash and bills."""
    principal = total(as_money(entry["principal_usd"]) for entry in entries) if entries else None
    interest = total(as_money(entry["interest_usd"]) for entry in entries) if entries else None
    dates = {as_date(entry.get("liquidation_date")) for entry in entries} - {None}
    payees = {entry.get("payee_number") for entry in entries}
    return {
        "refund_number": number,
        "row": row,
        "entries": entries,
        "payee_number": row["payee_number"] if row else (payees.pop() if len(payees) == 1 else None),
        "liquidation_date": dates.pop() if len(dates) == 1 else None,
        "es022_principal_usd": principal,
        "es022_interest_usd": interest,
        "es022_usd": total([principal, interest]),
        "rev603_usd": as_money(row["total_refund_usd"]) if row else None,
        "diverted_usd": ZERO,
        "bill_numbers": [],
        "cash": ZERO,
        "credits": [],
        "ambiguous": False,
    }


def _attach_bills(refunds: list[Record], bills: list[Record]) -> None:
    """CBP's own diverted figure, else the bills that name the refund, else those of a payee with one diversion."""
    diverted = [refund for refund in refunds if refund["row"] and _says(refund["row"], "FUNDS DIVERTED")]
    per_payee = Counter(refund["payee_number"] for refund in diverted)
    for refund in diverted:
        own_figure = as_money(refund["row"].get("diverted_usd"))
        named = [bill for bill in bills if bill.get("refund_number") == refund["refund_number"]]
        if not named and per_payee[refund["payee_number"]] == 1:
            named = [
                bill
                for bill in bills
                if not bill.get("refund_number") and bill["payee_number"] == refund["payee_number"]
            ]
        refund["bill_numbers"] = sorted(str(bill["bill_number"]) for bill in named)
        billed = total(as_money(bill["amount_usd"]) for bill in named)
        refund["diverted_usd"] = own_figure if own_figure is not None else billed or ZERO


def _attach_cash(refunds: list[Record], bank: list[Record], basis: str) -> list[Record]:
    """Give each refund its credits, by trace and then by amount; return the bank rows nobody owns."""
    payable = [refund for refund in refunds if refund["row"]]
    free, undecided = _attach_by_trace(payable, bank)
    without_cash = [refund for refund in payable if not refund["credits"]]
    return undecided + _attach_by_amount(without_cash, free, basis)


def _attach_by_trace(refunds: list[Record], bank: list[Record]) -> tuple[list[Record], list[Record]]:
    """Credits whose trace no refund names, and credits of a shared trace that cannot be shared out."""
    sharers: dict[str, list[Record]] = defaultdict(list)
    for refund in refunds:
        trace = str(refund["row"].get("trace_number") or "").strip()
        if trace:
            sharers[trace].append(refund)
    free: list[Record] = []
    undecided: list[Record] = []
    credits_of: dict[str, list[Record]] = defaultdict(list)
    for credit in bank:
        trace = str(credit.get("trace_number") or "").strip()
        (credits_of[trace] if trace in sharers else free).append(credit)
    for trace, parts in credits_of.items():
        amount = sum((as_money(credit["amount_usd"]) or ZERO for credit in parts), ZERO)
        owners = sharers[trace]
        shared_out = amount == total(owner["rev603_usd"] for owner in owners)
        for refund in owners:
            refund["credits"] = parts
            if len(owners) == 1:
                refund["cash"] = amount
            elif shared_out:
                refund["cash"] = refund["rev603_usd"]
            else:
                refund["ambiguous"] = True
        if len(owners) > 1 and not shared_out:
            undecided += parts
    return free, undecided


def _attach_by_amount(refunds: list[Record], free: list[Record], basis: str) -> list[Record]:
    """A refund owns a set of credits if it is its only possibility and nobody else wants any of them."""
    options: list[list[tuple[int, ...]]] = [_possible_credits(refund, free, basis) for refund in refunds]
    wanted = Counter(credit for sets in options for credit in {position for chosen in sets for position in chosen})
    taken: set[int] = set()
    for refund, sets in zip(refunds, options, strict=True):
        if not sets:
            continue
        if len(sets) == 1 and all(wanted[position] == 1 for position in sets[0]):
            refund["credits"] = [free[position] for position in sets[0]]
            refund["cash"] = sum((as_money(credit["amount_usd"]) or ZERO for credit in refund["credits"]), ZERO)
            taken |= set(sets[0])
        else:
            refund["ambiguous"] = True
    return [credit for position, credit in enumerate(free) if position not in taken]


def _possible_credits(refund: Record, free: list[Record], basis: str) -> list[tuple[int, ...]]:
    """Sets of one or two free credits that could pay the refund."""
    paid_on = as_date(refund["row"].get("refund_date"))
    due = refund["rev603_usd"]
    if paid_on is None or due is None:
        return []
    due -= refund["diverted_usd"] if basis == "gross" else ZERO
    in_time = []
    for position, credit in enumerate(free):
        if credit.get("trace_number") and refund["row"].get("trace_number"):
            continue  # both name a trace and the traces differ: not the same payment
        value_day = as_date(credit.get("value_date"))
        if value_day is not None and 0 <= (value_day - paid_on).days <= MATCH_WINDOW_DAYS:
            in_time.append((position, as_money(credit["amount_usd"])))
    sets: list[tuple[int, ...]] = [(position,) for position, amount in in_time if amount == due]
    halves = Counter([refund["es022_principal_usd"], refund["es022_interest_usd"]])
    for (first, one), (second, other) in combinations(in_time, 2):
        if refund["es022_usd"] == due and Counter([one, other]) == halves:
            sets.append((first, second))
    return sets


def _waterfall(
    refund: Record, rejected_numbers: set[str], expected: dict[str, tuple[Decimal, Decimal]], basis: str
) -> Record:
    """Expected + entry variance = ES-022; + consolidation = REV-603; - diverted - rejected - pending - cash = rest.

    Every step from its own evidence; what is left is unexplained_usd, signed. Where a report is missing, its amount
    and the step to it are None and the waterfall starts at the next one.
    """
    row, es022_usd, rev603_usd = refund["row"], refund["es022_usd"], refund["rev603_usd"]
    status, cause = _match_status(refund, rejected_numbers)
    start = rev603_usd if row else es022_usd
    cash = ZERO if refund["ambiguous"] else refund["cash"]
    off_the_total = refund["diverted_usd"] if basis == "gross" else ZERO
    rejected = pending = None
    unexplained = None
    if start is not None:
        rejected = start if status == "rejected" else ZERO
        pending = start if status == "pending" else ZERO
        unexplained = start - off_the_total - rejected - pending - cash
    expected_usd = _expected(refund["entries"], expected)
    return {
        "refund_number": refund["refund_number"],
        "payee_number": refund["payee_number"],
        "liquidation_date": refund["liquidation_date"],
        "refund_date": as_date(row.get("refund_date")) if row else None,
        "match_status": status,
        "cause": cause,
        "expected_usd": expected_usd,
        "entry_variance_usd": es022_usd - expected_usd if None not in (es022_usd, expected_usd) else None,
        "es022_principal_usd": refund["es022_principal_usd"],
        "es022_interest_usd": refund["es022_interest_usd"],
        "es022_usd": es022_usd,
        "consolidation_difference_usd": rev603_usd - es022_usd if None not in (rev603_usd, es022_usd) else None,
        "rev603_usd": rev603_usd,
        "diverted_usd": refund["diverted_usd"],
        "rejected_usd": rejected,
        "pending_usd": pending,
        "deposited_usd": cash,
        "unexplained_usd": unexplained,
        "trace_number": row.get("trace_number") if row else None,
        "bill_numbers": refund["bill_numbers"],
        "bank_credit_count": 0 if refund["ambiguous"] else len(refund["credits"]),
        "claim_count": len({entry.get("claim_number") for entry in refund["entries"]} - {None}),
        "reissued_as": None,
    }


def _match_status(refund: Record, rejected_numbers: set[str]) -> tuple[str, str | None]:
    row = refund["row"]
    if row is None:
        return "not_in_rev603", "refund_missing_from_rev603"
    if not refund["entries"]:
        return "not_in_es022", "entries_unknown"
    if _says(row, "FUNDS DIVERTED"):
        supported = refund["bill_numbers"] or as_money(row.get("diverted_usd")) is not None
        return "diverted", None if supported else "diverted_unsupported"
    if refund["ambiguous"]:
        return "ambiguous", "several_credits_or_refunds_fit"
    if refund["cash"] != 0:
        if refund["cash"] == refund["rev603_usd"]:
            return "matched", None
        if refund["rev603_usd"] is None:
            return "ambiguous", "refund_total_unknown"
        return (
            ("short", "cash_below_refund") if refund["cash"] < refund["rev603_usd"] else ("over", "cash_above_refund")
        )
    if refund["refund_number"] in rejected_numbers or _says(row, "CHECK/ACH RETURNED"):
        return "rejected", "ach_rejected"
    return "pending", "credit_reversed" if refund["credits"] else "no_cash_yet"


def _expected(entries: list[Record], expected: dict[str, tuple[Decimal, Decimal]]) -> Decimal | None:
    if not entries:
        return None
    parts: list[Decimal | None] = []
    for entry in entries:
        parts += expected.get(entry["entry_number"], (None, None))
    return total(parts)


def _link_reissues(rows: list[Record]) -> None:
    for old in rows:
        if old["match_status"] != "rejected":
            continue
        later = [
            new
            for new in rows
            if new is not old
            and new["payee_number"] == old["payee_number"]
            and new["rev603_usd"] == old["rev603_usd"]
            and None not in (new["refund_date"], old["refund_date"])
            and new["refund_date"] > old["refund_date"]
            and (
                None in (new["liquidation_date"], old["liquidation_date"])
                or new["liquidation_date"] == old["liquidation_date"]
            )
        ]
        if later:
            old["reissued_as"] = min(later, key=lambda row: row["refund_date"])["refund_number"]


def _totals(rows: list[Record]) -> dict[str, Decimal]:
    """Sums over the last refund of every chain; an unknown amount counts in none of them."""
    counting = [row for row in rows if row["reissued_as"] is None]
    columns = (
        "es022_usd",
        "rev603_usd",
        "diverted_usd",
        "rejected_usd",
        "pending_usd",
        "deposited_usd",
        "unexplained_usd",
    )
    return {column: sum((row[column] for row in counting if row[column] is not None), ZERO) for column in columns}


def _is_other_kind(row: Record) -> bool:
    kind = str(row.get("refund_type") or "").upper()
    return "CAPE" not in kind and any(other in kind for other in OTHER_REFUND_TYPES)


def _says(row: Record, status: str) -> bool:
    return str(row.get("refund_secondary_status") or "").strip().upper() == status
