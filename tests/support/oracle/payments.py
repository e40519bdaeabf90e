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
        "Statuses are tried in this order: reissued (rejected), not_in_rev603, Funds Diverted ('whatever cash came', "
        "architecture 3), ambiguous, not_in_es022 (nothing to compare), cash (matched, over, short), REV-613 or "
        "Check/ACH Returned, else pending (P58)."
    ),
    (
        "Bank rows of one trace are added, reversals being negative; a trace shared by several refunds is shared "
        "out only if it sums to their total, else all of them are ambiguous."
    ),
    (
        "Where refund or credit names no trace (two different traces never match), they are sought by money on value "
        "dates from the refund date to 14 days after it: one credit of what is due; two that are the principal and "
        "the interest of ES-022; all free credits of one day for a refund above 99,999,999.99, the most an ACH credit "
        "holds; one credit of all free refunds of a payee and refund date; one credit of two refunds of a payee at "
        "most three days apart. What is found must be the one possibility of every refund and credit in it; else they "
        "are ambiguous and none of it counts as cash. A possibility is a set of refunds with a set of credits, so no "
        "kind of match goes before another (issue 6 no. 4: found only if unique)."
    ),
    ("Free lines of one trace with a debit among them are one amount with its sign (P16); nil is a reversal."),
    (
        "A bill supports a diversion if it names the refund; else if it is the payee's, dated no later than the "
        "refund, and its amount is exactly what is missing at the bank or from ES-022 to REV-603, for this refund "
        "only and by no other bill (P15: never a remainder). A refund pays no more of a bill than it is. What is due "
        "in cash is the total less the bills that name the refund."
    ),
    (
        "Whether a total stands before or after the offset: the refund's own figures tell (equal to ES-022, or to "
        "ES-022 less the bills), else the basis the caller gives; after it, the bill explains the step from ES-022 to "
        "REV-603 and is not taken off again."
    ),
    (
        "A REV-603 row that ES-022 does not know is another kind of refund only if its type says so "
        "(OTHER_REFUND_TYPES); an unknown type is kept as not_in_es022 (P57)."
    ),
    (
        "A returned refund whose trace has no cash is reissued by the earliest later refund of the same payee, amount "
        "and, where both are known, liquidation date, which replaces only the last returned one before it. It keeps "
        "its row as rejected, gives its entries to the last of its chain, and leaves the totals (P16)."
    ),
    "not_in_rev603: the ES-022 total stands as unexplained, since no report says where it is.",
)

MATCH_WINDOW_DAYS = 14
PAIR_DAYS = 3
MOST_OF_ONE_CREDIT = Decimal("99999999.99")
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


def next_liquidation_run(day: date, holidays: Iterable[date] = ()) -> date:
    """The day itself or the first one after it from Monday to Thursday that is no holiday (pre-launch guide)."""
    closed = set(holidays)
    while day.weekday() > 3 or day in closed:
        day += timedelta(days=1)
    return day


def forecast_of(status: str, accepted: date, holidays: Iterable[date] = ()) -> date | None:
    """The (re)liquidation foreseen from an acceptance: next business day, day 45, or None (cape_mechanics 2.7)."""
    if status == "liquidated":
        return next_business_day(accepted, holidays)
    return accepted + timedelta(days=REVIEW_DAYS) if status == "unliquidated" else None


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
    foreseen = forecast_of(status, accepted, holidays)
    return (foreseen, "forecast") if foreseen else (None, None)


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


def lag_quantile(days: Iterable[int], percent: int) -> int:
    """The smallest observed number of days that at least so many percent of the cases do not exceed."""
    ordered = sorted(days)
    return next(day for n, day in enumerate(ordered, 1) if n * 100 >= percent * len(ordered))


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
        rev603_basis: `gross` or `net` of offsets, or `contradictory` (P15), for refunds whose own figures do not tell.

    Returns:
        refunds: one dict per refund (see ``_waterfall``), ordered by refund number;
        other_refunds: refund numbers of other kinds; unmatched_credits: bank rows that belong to no refund;
        totals: the waterfall summed over the refunds that count.

    Raises:
        ValueError: two rows of one refund number in REV-603, or an unknown basis.
    """
    if rev603_basis not in {"gross", "net", "contradictory"}:
        raise ValueError(f"REV-603 is gross or net of offsets or contradicts itself, not {rev603_basis!r}")
    repeated = [number for number, count in Counter(row["refund_number"] for row in rev603).items() if count > 1]
    if repeated:
        raise ValueError(f"REV-603 holds several rows of {', '.join(sorted(repeated))}: pass the newest run only")

    rejected_numbers = {row["refund_number"] for row in rev613}
    reissued_as = _reissues(rev603, es022, rejected_numbers, bank)
    entries_of: dict[str, list[Record]] = defaultdict(list)
    for row in es022:
        if row.get("refund_number"):
            entries_of[row["refund_number"]].append(row)
    for number in reissued_as:
        last = number
        while last in reissued_as:
            last = reissued_as[last]
        known = {entry["entry_number"] for entry in entries_of.get(last, [])}
        moved = [entry for entry in entries_of.pop(number, []) if entry["entry_number"] not in known]
        if moved or known:
            entries_of[last] += moved
    cape = set(entries_of) | {number for number in reissued_as if _last(number, reissued_as) in entries_of}
    others = [row for row in rev603 if row["refund_number"] not in cape and _is_other_kind(row)]

    refunds = [_facts_of(row["refund_number"], row, entries_of.get(row["refund_number"], [])) for row in rev603]
    known_numbers = {row["refund_number"] for row in rev603}
    refunds += [_facts_of(number, None, rows) for number, rows in entries_of.items() if number not in known_numbers]
    refunds.sort(key=lambda refund: str(refund["refund_number"]))
    for refund in refunds:
        refund["reissued_as"] = reissued_as.get(refund["refund_number"])

    _attach_named_bills(refunds, bills or [], rev603_basis)
    unmatched = _attach_cash(refunds, bank)
    _attach_exact_bills(refunds, bills or [])
    other_numbers = {row["refund_number"] for row in others}
    rows = [
        _waterfall(refund, rejected_numbers, expected or {})
        for refund in refunds
        if refund["refund_number"] not in other_numbers
    ]
    return {
        "refunds": rows,
        "other_refunds": sorted(other_numbers),
        "unmatched_credits": unmatched,
        "totals": _totals(rows),
    }


def basis_of_rev603(rev603: list[Record], es022: list[Record], bills: list[Record]) -> str:
    """Is REV-603 before or after offsets? `gross`, `net`, `contradictory`, or `undecided` (P15: a test per file).

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
    return "contradictory" if len(votes) > 1 else votes.pop() if votes else "undecided"


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
        "netted_offset_usd": ZERO,
        "bill_numbers": [],
        "reissued_as": None,
        "cash": ZERO,
        "credits": [],
        "ambiguous": False,
    }


def _last(number: str, reissued_as: dict[str, str]) -> str:
    while number in reissued_as:
        number = reissued_as[number]
    return number


def _reissues(
    rev603: list[Record], es022: list[Record], rejected_numbers: set[str], bank: list[Record]
) -> dict[str, str]:
    """Returned refund to the one that replaces it."""
    days: dict[str, set[date | None]] = defaultdict(set)
    for entry in es022:
        days[str(entry.get("refund_number"))].add(as_date(entry.get("liquidation_date")))

    def liquidation(row: Record) -> date | None:
        known = days[row["refund_number"]] - {None}
        return next(iter(known)) if len(known) == 1 else None

    found: dict[str, tuple[date, str]] = {}
    for old in rev603:
        trace = str(old.get("trace_number") or "").strip()
        cash = sum(
            (as_money(line["amount_usd"]) or ZERO for line in bank if trace and line.get("trace_number") == trace), ZERO
        )
        returned = old["refund_number"] in rejected_numbers or _says(old, "CHECK/ACH RETURNED")
        day, amount = as_date(old.get("refund_date")), as_money(old["total_refund_usd"])
        if not returned or cash != 0 or day is None or amount is None:
            continue
        later = [
            (new_day, new["refund_number"])
            for new in rev603
            if (new_day := as_date(new.get("refund_date"))) is not None
            and new_day > day
            and new["payee_number"] == old["payee_number"]
            and as_money(new["total_refund_usd"]) == amount
            and (None in (liquidation(new), liquidation(old)) or liquidation(new) == liquidation(old))
        ]
        if later:
            successor = min(later)[1]
            rival = found.get(successor)
            if rival is None or (day, rival[1]) > (rival[0], old["refund_number"]):
                found[successor] = (day, old["refund_number"])
    return {old: successor for successor, (_, old) in found.items()}


def _take(refund: Record, billed: Decimal, numbers: list[str], basis: str) -> None:
    """Put an offset where it belongs: off the total, or between ES-022 and a total that leaves it out."""
    shown, filed = refund["rev603_usd"], refund["es022_usd"]
    is_net = shown != filed and (shown == filed - billed if None not in (shown, filed) else False)
    if shown == filed or (not is_net and basis == "gross"):
        refund["diverted_usd"] = min(billed, shown)
    elif is_net or basis == "net":
        refund["netted_offset_usd"] = billed
    refund["bill_numbers"] = sorted(numbers)


def _attach_named_bills(refunds: list[Record], bills: list[Record], basis: str) -> None:
    """The bills that name a diverted refund."""
    for refund in refunds:
        named = [bill for bill in bills if bill.get("refund_number") == refund["refund_number"]]
        if named and refund["row"] and _says(refund["row"], "FUNDS DIVERTED"):
            billed = sum((as_money(bill["amount_usd"]) or ZERO for bill in named), ZERO)
            _take(refund, billed, [str(bill["bill_number"]) for bill in named], basis)


def _attach_exact_bills(refunds: list[Record], bills: list[Record]) -> None:
    """The one bill of the payee that is exactly what is missing of one diverted refund."""
    fits: list[tuple[Record, Record]] = []
    named = {bill.get("refund_number") for bill in bills}
    for refund in refunds:
        row = refund["row"]
        if row is None or not _says(row, "FUNDS DIVERTED") or refund["refund_number"] in named:
            continue
        cash = ZERO if refund["ambiguous"] else refund["cash"]
        missing = {refund["rev603_usd"] - cash}
        if refund["es022_usd"] is not None:
            missing.add(refund["es022_usd"] - refund["rev603_usd"])
        for bill in bills:
            day, paid_on = as_date(bill.get("bill_date")), as_date(row.get("refund_date"))
            in_time = day is not None and paid_on is not None and day <= paid_on
            amount = as_money(bill["amount_usd"])
            is_payees = bill["payee_number"] == refund["payee_number"] and not bill.get("refund_number")
            if is_payees and in_time and amount in missing and amount is not None and amount > 0:
                fits.append((refund, bill))
    for refund, bill in fits:
        alone = [pair for pair in fits if pair[0] is refund or pair[1] is bill]
        if len(alone) == 1:
            amount = as_money(bill["amount_usd"]) or ZERO
            is_net = refund["es022_usd"] is not None and refund["es022_usd"] - refund["rev603_usd"] == amount
            refund["netted_offset_usd" if is_net else "diverted_usd"] = amount
            refund["bill_numbers"] = [str(bill["bill_number"])]


def _attach_cash(refunds: list[Record], bank: list[Record]) -> list[Record]:
    """Give each refund its credits, by trace and then by money; return the bank rows nobody owns."""
    payable = [refund for refund in refunds if refund["row"]]
    free, undecided = _attach_by_trace(payable, bank)
    without_cash = [refund for refund in payable if not refund["credits"] and refund["reissued_as"] is None]
    return undecided + _attach_by_money(without_cash, free)


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
        shared_out = amount == sum(_due(owner) for owner in owners)
        for refund in owners:
            refund["credits"] = parts
            if len(owners) == 1:
                refund["cash"] = amount
            elif shared_out:
                refund["cash"] = _due(refund)
            else:
                refund["ambiguous"] = True
        if len(owners) > 1 and not shared_out:
            undecided += parts
    return free, undecided


def _attach_by_money(refunds: list[Record], free: list[Record]) -> list[Record]:
    """Every set of refunds that one set of credits could pay; found is what nothing else contests."""
    units = _units(free)
    possible = _possibilities(refunds, units)
    refunds_wanted = Counter(position for owners, _ in possible for position in owners)
    units_wanted = Counter(position for _, paid in possible for position in paid)
    taken: set[int] = set()
    for owners, paid in possible:
        alone = all(refunds_wanted[n] == 1 for n in owners) and all(units_wanted[n] == 1 for n in paid)
        lines = [line for position in paid for line in units[position][1]]
        for position in owners:
            refund = refunds[position]
            if alone:
                refund["credits"] = lines
                refund["cash"] = _due(refund)
            else:
                refund["ambiguous"] = True
        if alone:
            taken |= {id(line) for line in lines}
    return [line for line in free if id(line) not in taken]


def _units(free: list[Record]) -> list[tuple[Decimal, list[Record]]]:
    """Amounts that stand alone: a credit, or what a debit leaves of the lines of its trace."""
    by_trace: dict[str, list[Record]] = defaultdict(list)
    for line in free:
        by_trace[str(line.get("trace_number") or "").strip()].append(line)
    units = []
    for trace, lines in by_trace.items():
        amounts = [as_money(line["amount_usd"]) or ZERO for line in lines]
        if trace and min(amounts) < 0:
            units.append((sum(amounts, ZERO), lines))
        else:
            units += [(amount, [line]) for amount, line in zip(amounts, lines, strict=True)]
    return [unit for unit in units if unit[0] > 0]


def _due(refund: Record) -> Decimal:
    return Decimal(refund["rev603_usd"] - refund["diverted_usd"])


def _possibilities(
    refunds: list[Record], units: list[tuple[Decimal, list[Record]]]
) -> set[tuple[frozenset[int], frozenset[int]]]:
    """Sets of refunds with sets of units, by position."""

    def fits(refund: Record, unit: tuple[Decimal, list[Record]]) -> bool:
        paid_on = as_date(refund["row"].get("refund_date"))
        came_on = max(day for line in unit[1] if (day := as_date(line.get("value_date"))) is not None)
        two_traces = unit[1][0].get("trace_number") and refund["row"].get("trace_number")
        return not two_traces and paid_on is not None and 0 <= (came_on - paid_on).days <= MATCH_WINDOW_DAYS

    found: set[tuple[frozenset[int], frozenset[int]]] = set()
    open_ones = [n for n, refund in enumerate(refunds) if refund["rev603_usd"] is not None and _due(refund) > 0]
    for n in open_ones:
        refund = refunds[n]
        near = [m for m, unit in enumerate(units) if fits(refund, unit)]
        found |= {(frozenset([n]), frozenset([m])) for m in near if units[m][0] == _due(refund)}
        halves = Counter([refund["es022_principal_usd"], refund["es022_interest_usd"]])
        if refund["es022_usd"] == _due(refund):
            found |= {
                (frozenset([n]), frozenset(pair))
                for pair in combinations(near, 2)
                if Counter(units[m][0] for m in pair) == halves
            }
        if _due(refund) > MOST_OF_ONE_CREDIT:
            for day in {units[m][1][0]["value_date"] for m in near}:
                same_day = [m for m, unit in enumerate(units) if unit[1][0]["value_date"] == day]
                if len(same_day) > 1 and sum(units[m][0] for m in same_day) == _due(refund):
                    found.add((frozenset([n]), frozenset(same_day)))
    found |= _one_credit_of_several(refunds, units, open_ones, fits)
    return found


def _one_credit_of_several(
    refunds: list[Record], units: list[tuple[Decimal, list[Record]]], open_ones: list[int], fits: Any
) -> set[tuple[frozenset[int], frozenset[int]]]:
    groups: dict[tuple[str, date], list[int]] = defaultdict(list)
    for n in open_ones:
        paid_on = as_date(refunds[n]["row"].get("refund_date"))
        if refunds[n]["payee_number"] is not None and paid_on is not None:
            groups[refunds[n]["payee_number"], paid_on].append(n)
    sets = {frozenset(members) for members in groups.values() if len(members) > 1}
    for (payee, day), members in groups.items():
        for (other_payee, other_day), others in groups.items():
            if payee == other_payee and abs((day - other_day).days) <= PAIR_DAYS:
                sets |= {frozenset([one, other]) for one in members for other in others if one != other}
    return {
        (owners, frozenset([m]))
        for owners in sets
        for m, unit in enumerate(units)
        if unit[0] == sum(_due(refunds[n]) for n in owners) and all(fits(refunds[n], unit) for n in owners)
    }


def _waterfall(refund: Record, rejected_numbers: set[str], expected: dict[str, tuple[Decimal, Decimal]]) -> Record:
    """Expected + entry variance = ES-022; + consolidation = REV-603; - diverted - rejected - pending - cash = rest.

    Every step from its own evidence; what is left is unexplained_usd, signed. Where a report is missing, its amount
    and the step to it are None and the waterfall starts at the next one.
    """
    row, es022_usd, rev603_usd = refund["row"], refund["es022_usd"], refund["rev603_usd"]
    status, cause = _match_status(refund, rejected_numbers)
    start = es022_usd if rev603_usd is None else rev603_usd
    cash = ZERO if refund["ambiguous"] else refund["cash"]
    off_the_total = refund["diverted_usd"]
    rejected = pending = None
    unexplained = None
    if start is not None:
        rejected = start if status == "rejected" else ZERO
        pending = start if status == "pending" else start - cash if cause == "refund_total_unknown" else ZERO
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
        "netted_offset_usd": refund["netted_offset_usd"],
        "rejected_usd": rejected,
        "pending_usd": pending,
        "deposited_usd": cash,
        "unexplained_usd": unexplained,
        "trace_number": row.get("trace_number") if row else None,
        "bill_numbers": refund["bill_numbers"],
        "bank_credit_count": 0 if refund["ambiguous"] else len(refund["credits"]),
        "claim_count": len({entry.get("claim_number") for entry in refund["entries"]} - {None}),
        "reissued_as": refund["reissued_as"],
    }


def _cash_against_total(cash: Decimal, total: Decimal) -> tuple[str, str | None]:
    if cash == total:
        return "matched", None
    return ("short", "cash_below_refund") if cash < total else ("over", "cash_above_refund")


def _match_status(refund: Record, rejected_numbers: set[str]) -> tuple[str, str | None]:
    row = refund["row"]
    if refund["reissued_as"] is not None:
        return "rejected", "reissued"
    if row is None:
        return "not_in_rev603", "refund_missing_from_rev603"
    if not refund["entries"] and not _says(row, "FUNDS DIVERTED") and not refund["ambiguous"]:
        return "not_in_es022", "entries_unknown"
    if _says(row, "FUNDS DIVERTED"):
        return "diverted", None if refund["bill_numbers"] else "diverted_unsupported"
    if refund["ambiguous"]:
        return "ambiguous", "several_credits_or_refunds_fit"
    if refund["cash"] != 0 and refund["rev603_usd"] is not None:
        return _cash_against_total(refund["cash"], refund["rev603_usd"])
    if refund["refund_number"] in rejected_numbers or _says(row, "CHECK/ACH RETURNED"):
        return "rejected", "ach_rejected"
    if refund["rev603_usd"] is None:
        return "ambiguous", "refund_total_unknown"
    return "pending", "credit_reversed" if refund["credits"] else "no_cash_yet"


def _expected(entries: list[Record], expected: dict[str, tuple[Decimal, Decimal]]) -> Decimal | None:
    if not entries:
        return None
    parts: list[Decimal | None] = []
    for entry in entries:
        parts += expected.get(entry["entry_number"], (None, None))
    return total(parts)


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
