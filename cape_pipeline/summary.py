"""The closing summary of a run: what a manager reads, from the analysts' snapshot.

Belongs here: reading and printing the position. Does not belong here: any figure that is not in a table.
"""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from cape_pipeline.layout import Column, print_rows, print_sentences
from cape_pipeline.privacy import fetch_nothing
from cape_pipeline.settings import Settings

Rows = list[dict[str, Any]]


class SnapshotUnusable(Exception):
    """There is no snapshot to read, or it cannot be opened."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The position, by path, with the next payments, what is unpaid or not received, and what needs attention."""

    position: dict[str, Any]
    coverage: Rows
    still_carrying: dict[str, Any]
    other_readings: Rows
    paths: Rows
    batches: Rows
    lags: Rows
    unpaid: Rows
    alerts: Rows
    alerts_by_severity: Rows
    acknowledged: dict[str, Any]
    drafts: dict[str, Any]
    withheld: Rows


POSITION = """
select as_of_date, newest_es003_run_date, undated_load_count, entry_count, quarantined_row_count,
    refund_principal_usd, refund_principal_high_usd, refunded_principal_usd, deposited_usd, open_principal_usd,
    principal_unknown_count
from reports.position
"""
#: One importer's month each; the months are named once, whatever number of importers lacks them.
COVERAGE = """
select coverage_finding, count(*) as importer_month_count,
    list_sort(list(distinct entry_month))[:3] as first_months, count(distinct entry_month) as month_count
from ace.coverage
where coverage_finding in ('no_entries', 'sudden_drop', 'too_many_quarantined')
group by coverage_finding
order by coverage_finding
"""
STILL_CARRYING = """
select count(*) as entry_count, sum(ieepa_after_usd) as ieepa_after_usd
from entries.cape_effects
where ieepa_after_usd > 0
"""
#: Readings chosen in place of the default ones: with them the figures are not the best supported.
OTHER_READINGS = """
select unnest(other_than_default) as policy
from registry.policies_in_force
order by policy
"""
PATHS = """
select cape_status, recommended_path, entry_count, refund_principal_usd, refund_principal_high_usd,
    principal_unknown_count, interest_usd, interest_unknown_count, next_deadline_date
from reports.position_by_path
order by refund_principal_usd desc nulls last, cape_status, recommended_path
"""
BATCHES = """
select payee_number, is_payee_ambiguous, liquidation_date, liquidation_basis, is_forecast_passed, undated_reason,
    entry_count, total_usd, payment_from_date, payment_to_date
from refunds.refund_batches
where len(refund_numbers) = 0
order by payment_from_date nulls last, payee_number, liquidation_date
"""
LAGS = """
select lag, liquidation_track, entry_count, min_days, median_days, ninth_decile_days, max_days, timing_policy,
    policy_days_from, policy_days_to
from refunds.payment_lags
order by lag, liquidation_track
"""
UNPAID = """
select refund_number, payee_number, match_status, rev603_usd, deposited_usd, pending_usd, rejected_usd,
    unexplained_usd, cause
from payments.rev603_reconciliation
where refund_number is not null and match_status <> 'matched'
order by refund_number
"""
#: What was acknowledged is left out; what is the matter is told once for each code.
ALERTS = """
select alerts.alert_code, alerts.severity, count(*) as alert_count, sum(alerts.amount_usd) as amount_usd,
    count(coalesce(alerts.entry_number, alerts.refund_number)) filter (where alerts.amount_usd is null)
        as amount_unknown_count,
    min(alerts.due_date) as first_due_date, any_value(codes.alert_meaning) as alert_meaning,
    any_value(codes.next_action) as next_action
from payments.alerts as alerts
join registry.alert_codes as codes
    on alerts.alert_code = codes.alert_code and codes.withdrawn_date is null
where not alerts.is_acknowledged
group by alerts.alert_code, alerts.severity, alerts.severity_order
order by alerts.severity_order, alerts.alert_code
"""
#: The money of an entry or refund counts once for each severity, whatever number of alerts speak of it.
ALERTS_BY_SEVERITY = """
with at_stake as (
    select severity, severity_order, count(*) as alert_count, max(amount_usd) as amount_usd
    from payments.alerts
    where not is_acknowledged
    group by severity, severity_order, coalesce(entry_number, refund_number, alert_key)
)
select severity, sum(alert_count) as alert_count, sum(amount_usd) as amount_usd
from at_stake
group by severity, severity_order
order by severity_order
"""
ACKNOWLEDGED = "select count(*) as alert_count from payments.alerts where is_acknowledged"
DRAFTS = """
select count(*) as declaration_count, coalesce(sum(entry_count), 0) as entry_count,
    sum(declared_principal_usd) as declared_principal_usd
from refunds.declarations
where status = 'drafted'
"""
WITHHELD = """
with held_back as (
    select undrafted_reason, unattested_facts, entry_number
    from refunds.filing_candidates
    where recommended_path = 'file_cape' and undrafted_reason is not null
),
facts as (
    select undrafted_reason, entry_number, unnest(unattested_facts) as fact
    from held_back
    where undrafted_reason = 'unverified_facts'
    union all
    select undrafted_reason, entry_number, null as fact
    from held_back
    where undrafted_reason <> 'unverified_facts'
)
select undrafted_reason, fact, count(*) as entry_count
from facts
group by undrafted_reason, fact
order by undrafted_reason, fact
"""
#: Why entries that may be filed are on no draft, behind their number.
HELD_BACK = {
    "already_accepted": "that CBP has accepted already",
    "filed_and_waiting": "on filed declarations without a result",
    "excluded": "that exclusions.csv keeps off",
    "importer_unknown": "whose importer no report names",
    "not_by_this_submitter": "that the chosen submitter may not file",
    "unverified_facts": "whose {fact} is neither stated in entry_facts.csv nor vouched for (--attest {fact})",
    "stale_status": "whose liquidation status is stale: run ES-003 again, or accept it with --accept-stale",
}
#: What each severity of an alert is called.
SEVERITIES = {
    "right_at_risk": "rights at risk",
    "money_missing": "money missing",
    "action_due": "action due",
    "information": "information",
}
#: What each finding of ace.coverage says, before the number of an importer's months it is made of.
GAPS = {
    "no_entries": "Months between others in which an importer has no entry and no export is known to have asked",
    "sudden_drop": "Months with fewer than half of an importer's usual entries",
    "too_many_quarantined": "Months of an importer with more than 5 % of the rows set aside",
}


def snapshot_of(settings: Settings) -> Path:
    """The snapshot of a warehouse; where the snapshot itself was named as the warehouse, that one."""
    is_snapshot = settings.warehouse.stem.endswith("_analyst")
    return settings.warehouse if is_snapshot else settings.snapshot


def open_snapshot(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the analysts' snapshot.

    Raises:
        SnapshotUnusable: it is not there or no snapshot.
    """
    if not path.exists():
        raise SnapshotUnusable(
            f"{path}: no snapshot there; make one with cape run, or name the warehouse it lies beside"
        )
    try:
        con = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise SnapshotUnusable(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
    fetch_nothing(con)
    return con


def rows_of(con: duckdb.DuckDBPyConnection, query: str, given: dict[str, Any] | None = None) -> Rows:
    """The rows of a query as dictionaries."""
    cursor = con.execute(query, given or {})
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def read_summary(snapshot: Path) -> Summary:
    """Read the closing summary from a snapshot."""
    with open_snapshot(snapshot) as con:
        return Summary(
            position=rows_of(con, POSITION)[0],
            coverage=rows_of(con, COVERAGE),
            still_carrying=rows_of(con, STILL_CARRYING)[0],
            other_readings=rows_of(con, OTHER_READINGS),
            paths=rows_of(con, PATHS),
            batches=rows_of(con, BATCHES),
            lags=rows_of(con, LAGS),
            unpaid=rows_of(con, UNPAID),
            alerts=rows_of(con, ALERTS),
            alerts_by_severity=rows_of(con, ALERTS_BY_SEVERITY),
            acknowledged=rows_of(con, ACKNOWLEDGED)[0],
            drafts=rows_of(con, DRAFTS)[0],
            withheld=rows_of(con, WITHHELD),
        )


def a_refunded_entry(snapshot: Path) -> str:
    """An entry number worth explaining: a refunded one, else any."""
    query = "select entry_number from entries.eligibility order by cape_status <> 'refunded', entry_number limit 1"
    with open_snapshot(snapshot) as con:
        return str(rows_of(con, query)[0]["entry_number"])


def summary_json(summary: Summary) -> dict[str, Any]:
    """The summary for machines; amounts as strings."""
    return {name: getattr(summary, name) for name in Summary.__slots__}


def print_summary(console: Console, summary: Summary, files: str) -> None:
    """Print the summary for people."""
    told = summary.position
    reports = told["newest_es003_run_date"]
    basis = f"from ES-003 of {reports}" if reports else "from reports that state no run date"
    console.print(f"\nPosition as of {told['as_of_date']}, {basis}; {files}", style="bold", highlight=False)
    console.print(
        f"{told['entry_count']:,} entries. IEEPA principal {_money(told['refund_principal_usd'])}"
        f"{_up_to(told)}; refunded {_reported(told['refunded_principal_usd'])}; still open"
        f" {_money(told['open_principal_usd'])}; found at the bank {_reported(told['deposited_usd'])}.",
        highlight=False,
    )
    if summary.other_readings:
        chosen = ", ".join(row["policy"] for row in summary.other_readings)
        console.print(f"Not the default reading of the law: {chosen}.", style="yellow", highlight=False)
    if told["principal_unknown_count"]:
        console.print(
            f"{told['principal_unknown_count']:,} entries have no principal here, because no ES-003 from before CAPE's"
            " own new version holds them; no sum includes them.",
            style="yellow",
            highlight=False,
        )
    if told["quarantined_row_count"]:
        console.print(
            f"{told['quarantined_row_count']:,} received rows could not be used: see ace.quarantine.", style="yellow"
        )
    _print_gaps(console, summary)
    _print_paths(console, summary)
    _print_filing(console, summary)
    _print_batches(console, summary.batches)
    _print_lags(console, summary.lags)
    _print_unpaid(console, summary.unpaid)
    _print_alerts(console, summary)


def _print_gaps(console: Console, summary: Summary) -> None:
    for row in summary.coverage:
        months = ", ".join(row["first_months"]) + (" and later" if row["month_count"] > 3 else "")
        console.print(
            f"{GAPS[row['coverage_finding']]}: {row['importer_month_count']:,} ({months}); see ace.coverage.",
            style="yellow",
            highlight=False,
        )
    if summary.still_carrying["entry_count"]:
        console.print(
            f"{summary.still_carrying['entry_count']:,} accepted entries still show IEEPA duty in a later ES-003,"
            f" {_money(summary.still_carrying['ieepa_after_usd'])} in all; see entries.cape_effects.",
            style="yellow",
            highlight=False,
        )


def _print_paths(console: Console, summary: Summary) -> None:
    table = _Table("By path", "status", "path", "entries>", "principal>", "up to>", "interest>", "next deadline")
    for row in summary.paths:
        table.add_row(
            row["cape_status"],
            row["recommended_path"],
            f"{row['entry_count']:,}",
            _sum(row["refund_principal_usd"], row["principal_unknown_count"]),
            _sum(row["refund_principal_high_usd"], row["principal_unknown_count"]),
            _sum(row["interest_usd"], row["interest_unknown_count"]),
            _text(row["next_deadline_date"]),
        )
    table.print_on(console)
    if any(row["interest_unknown_count"] for row in summary.paths):
        console.print("+?  the amount of some entries is unknown and in no sum; refunds.interest_accruals says why")


def _sum(amount: Decimal | None, unknown_count: int) -> str:
    """A sum that lacks what is unknown says so."""
    return _money(amount) + (" +?" if unknown_count and amount is not None else "")


def _print_filing(console: Console, summary: Summary) -> None:
    drafts = summary.drafts
    if drafts["declaration_count"]:
        console.print(
            f"To file today: {drafts['entry_count']:,} entries, drafted declarations: {drafts['declaration_count']:,},"
            f" principal {_money(drafts['declared_principal_usd'])}.",
            highlight=False,
        )
    for row in summary.withheld:
        reason = HELD_BACK[row["undrafted_reason"]].format(fact=row["fact"])
        console.print(
            f"Not drafted: {row['entry_count']:,} entries {reason}.",
            style="yellow",
            highlight=False,
        )


def _print_batches(console: Console, batches: Rows) -> None:
    if not batches:
        return
    table = _Table("Due next", "payee", "liquidation", "entries>", "total>", "payment expected")
    for row in batches[:10]:
        liquidation = _text(row["liquidation_date"]) if row["liquidation_date"] else _text(row["undated_reason"])
        basis = f"{row['liquidation_basis']}, passed" if row["is_forecast_passed"] else row["liquidation_basis"]
        window = f"{row['payment_from_date']} to {row['payment_to_date']}"
        table.add_row(
            f"{row['payee_number']} (or the importer)" if row["is_payee_ambiguous"] else row["payee_number"],
            f"{liquidation} ({basis})" if row["liquidation_date"] else liquidation,
            f"{row['entry_count']:,}",
            _money(row["total_usd"]),
            window if row["payment_from_date"] else "not foreseen",
        )
    table.print_on(console)
    if len(batches) > 10:
        console.print(f"and {len(batches) - 10} more in refunds.refund_batches")


def _print_lags(console: Console, lags: Rows) -> None:
    """What has been seen beside what the timing policy of the run says; a figure with too few cases is not given."""
    if not lags:
        return
    table = _Table(
        "Days seen so far", "step", "before CAPE", "entries>", "fewest>", "half>", "nine tenths>", "most>", "policy"
    )
    for row in lags:
        days = (row[name] for name in ("min_days", "median_days", "ninth_decile_days", "max_days"))
        spoken = row["policy_days_from"] is not None
        table.add_row(
            row["lag"].replace("_", " "),
            row["liquidation_track"].replace("_", " "),
            f"{row['entry_count']:,}",
            *(_text(day) for day in days),
            f"{row['policy_days_from']} to {row['policy_days_to']} ({row['timing_policy']})" if spoken else "",
        )
    table.print_on(console)


def _print_unpaid(console: Console, unpaid: Rows) -> None:
    if not unpaid:
        return
    table = _Table("Not matched", "refund", "payee", "state", "REV-603>", "at the bank>", "unexplained>", "why")
    for row in unpaid[:15]:
        table.add_row(
            row["refund_number"],
            _text(row["payee_number"]),
            row["match_status"],
            _money(row["rev603_usd"]),
            _money(row["deposited_usd"]),
            _money(row["unexplained_usd"]),
            row["cause"],
        )
    table.print_on(console)
    if len(unpaid) > 15:
        console.print(f"and {len(unpaid) - 15} more in payments.rev603_reconciliation")


def _print_alerts(console: Console, summary: Summary) -> None:
    """Open alerts by code, then by severity; what was acknowledged is only counted."""
    if summary.alerts:
        table = _Table("Look at", "alert", "how many>", "amount>", "first due", "what", "next")
        for row in summary.alerts:
            table.add_row(
                row["alert_code"],
                f"{row['alert_count']:,}",
                _at_stake(row["amount_usd"], row["amount_unknown_count"]),
                _text(row["first_due_date"]),
                row["alert_meaning"],
                row["next_action"],
            )
        table.print_on(console)
        if any(row["amount_unknown_count"] for row in summary.alerts):
            console.print("+?  the amount of some is unknown and in no sum")
        told = "; ".join(
            f"{SEVERITIES[row['severity']]} {row['alert_count']:,}"
            + ("" if row["amount_usd"] is None else f" ({_money(row['amount_usd'])})")
            for row in summary.alerts_by_severity
        )
        console.print(f"Open alerts: {told}. See payments.alerts.", highlight=False)
    if summary.acknowledged["alert_count"]:
        console.print(
            f"Acknowledged in alerts_ack.csv and not counted: {summary.acknowledged['alert_count']:,}.", highlight=False
        )


class _Table:
    """A table being filled; a title that ends with > is one of figures."""

    def __init__(self, title: str, *columns: str) -> None:
        self.title = title
        self.columns = [Column(column.removesuffix(">"), column.endswith(">")) for column in columns]
        self.rows: list[tuple[str, ...]] = []

    def add_row(self, *cells: str) -> None:
        self.rows.append(cells)

    def print_on(self, console: Console) -> None:
        print_rows(console, self.columns, self.rows, print_sentences, title=self.title)


def _up_to(told: dict[str, Any]) -> str:
    low, high = told["refund_principal_usd"], told["refund_principal_high_usd"]
    return f" (up to {_money(high)})" if low != high else ""


def _money(amount: Decimal | None) -> str:
    return "unknown" if amount is None else f"{amount:,.2f}"


def _reported(amount: Decimal | None) -> str:
    """An amount CBP or the bank reports; no report of it is not a zero."""
    return "nothing yet" if amount is None else f"{amount:,.2f}"


def _at_stake(amount: Decimal | None, unknown_count: int) -> str:
    """The amount of alerts, where they have one of their own."""
    known = "" if amount is None else f"{amount:,.2f}"
    return f"{known} +?".strip() if unknown_count else known


def _text(value: object) -> str:
    return "" if value is None else str(value)
