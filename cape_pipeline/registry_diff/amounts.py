"""What two registries make of the entries of one warehouse, found on a scratch copy of its snapshot.

Belongs here: the rebuilding under each side, and the queries that set the answers side by side. Does not belong here:
any figure that no table of the warehouse holds, the copy (`scratch.py`), how tables are built (`rebuild.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb

from cape_pipeline.assets.registry import publish_choices, publish_registry
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.partitions import MONTHS, months_between
from cape_pipeline.rebuild import rebuild
from cape_pipeline.registry.choices import UnknownPolicy
from cape_pipeline.registry_diff.sides import Side, UnusableSide
from cape_pipeline.scratch import scratch_copy
from cape_pipeline.settings import Settings
from cape_pipeline.staleness import months_in_play
from cape_pipeline.summary import SnapshotUnusable, rows_of, snapshot_of
from cape_pipeline.warehouse.builds import read_builds, registry_version
from cape_pipeline.warehouse.publish import BrokenPromise, Publication

SIDES = ("a", "b")
MOST_LISTED = 20

#: The tables whose answers are compared; they and all that they are made from are rebuilt.
COMPARED = ("entries.eligibility", "lines.duty_splits", "lines.row_contributions", "refunds.entry_interest")
AMOUNTS = ("principal_usd", "principal_high_usd", "interest_usd")
ANSWERS = (
    "cape_status",
    "recommended_path",
    "cape_deadline_date",
    "reliquidation_deadline_date",
    "protest_deadline_date",
    "court_deadline_date",
    "court_deadline_conservative_date",
    "protective_deadline_date",
)
KEY_OF_AN_ENTRY = ("entry_number",)
OF_AN_ENTRY = (*AMOUNTS, *ANSWERS)
KEY_OF_A_ROW = ("entry_number", "line_number", "tariff_ordinal")
OF_A_ROW = ("duty_bucket", "programme", "rate_kind", "registry_rate", "floor_rate", "anomaly_codes")
OF_A_ROW_AMOUNTS = ("ieepa_low_usd", "ieepa_high_usd")

ENTRIES = """
select
    eligibility.entry_number,
    eligibility.importer_number,
    eligibility.refund_principal_usd as principal_usd,
    eligibility.refund_principal_high_usd as principal_high_usd,
    -- no principal bears no interest; unknown is only that of a principal
    cast(if(eligibility.refund_principal_usd = 0, 0, interest.interest_usd) as decimal(18, 2)) as interest_usd,
    eligibility.cape_status,
    eligibility.recommended_path,
    eligibility.cape_deadline_date,
    eligibility.reliquidation_deadline_date,
    eligibility.protest_deadline_date,
    eligibility.court_deadline_date,
    eligibility.court_deadline_conservative_date,
    eligibility.protective_deadline_date
from entries.eligibility as eligibility
left join refunds.entry_interest as interest
    on eligibility.entry_number = interest.entry_number
"""
TARIFF_ROWS = """
select entry_number, line_number, tariff_ordinal, heading, programme, duty_bucket, rate_kind, registry_rate, floor_rate,
    anomaly_codes, duty_usd, ieepa_low_usd, ieepa_high_usd
from lines.row_contributions
"""
#: What each programme stands for. Lines without chapter 99 rows have no row that could be told apart by programme.
PROGRAMMES = """
with derived as (
    select entry_number, line_number, programmes, ieepa_low_usd, ieepa_high_usd
    from lines.duty_splits
    where split_basis = 'rate_derived'
),
parts as (
    select contributions.programme, contributions.ieepa_low_usd, contributions.ieepa_high_usd
    from lines.row_contributions as contributions
    left join derived
        on contributions.entry_number = derived.entry_number
       and contributions.line_number = derived.line_number
    where contributions.duty_bucket in ('ieepa', 'ieepa_exempt')
      and derived.entry_number is null
    union all
    select array_to_string(programmes, ' + '), ieepa_low_usd, ieepa_high_usd
    from derived
)
select programme, sum(ieepa_low_usd) as ieepa_low_usd, sum(ieepa_high_usd) as ieepa_high_usd
from parts
group by programme
"""
SIDE_TABLES = {"entries": ENTRIES, "tariff_rows": TARIFF_ROWS, "programmes": PROGRAMMES}


class UnfitRegistry(Exception):
    """The tables of the warehouse cannot be built under a side; the sentence says what breaks."""


def compare_amounts(
    a: Side, b: Side, settings: Settings, tell: Callable[[str], None], *, is_complete: bool
) -> dict[str, Any]:
    with scratch_copy(settings) as con:
        (as_of,) = rows_of(con, "select as_of_date from registry.as_of") or (None,)
        if as_of is None:
            raise SnapshotUnusable(f"{snapshot_of(settings)} holds no position; bring it up to date with cape run")
        choices = dict(con.execute("select policy_point, policy from registry.chosen_policies").fetchall())
        con.execute("create schema compared")
        rebuilt, versions = {}, {}
        for letter, side in zip(SIDES, (a, b), strict=True):
            tell(f"Rebuilding under {side.name}")
            rebuilt[letter] = _build_under(con, side, choices)
            versions[letter] = registry_version(CONTRACTS["entries.eligibility"], read_builds(con), CONTRACTS)
            for name, select in SIDE_TABLES.items():
                con.execute(f"create table compared.{name}_{letter} as {select}")
        tell("Comparing")
        entries = _changed("entries", KEY_OF_AN_ENTRY, ("importer_number",), OF_AN_ENTRY)
        tariff_rows = _changed("tariff_rows", KEY_OF_A_ROW, ("heading", "duty_usd"), (*OF_A_ROW, *OF_A_ROW_AMOUNTS))
        con.execute(f"create table compared.changed_entries as {entries}")
        con.execute(f"create table compared.changed_tariff_rows as {tariff_rows}")
        told = {
            "as_of_date": as_of["as_of_date"],
            "snapshot": str(snapshot_of(settings)),
            "registry_versions": versions,
            "rebuilt": rebuilt,
            **_aggregates(con),
        }
        if is_complete:
            told["entries"] = rows_of(con, "select * from compared.changed_entries order by entry_number")
            told["tariff_rows"] = rows_of(con, "select * from compared.changed_tariff_rows order by all")
        return told


def _build_under(con: duckdb.DuckDBPyConnection, side: Side, choices: Mapping[str, str]) -> list[str]:
    """Bring the compared tables up to date with a side and name those that were not; untouched ones are not built."""
    try:
        publications: list[Publication] = list(publish_registry(con, side.tables).values())
        publications.append(publish_choices(con, choices))
        # the months that hold entries are known only once the baselines stand
        publications += rebuild(con, (), ("lines.entry_baselines",))
        publications += rebuild(con, _months(con), COMPARED)
    except UnknownPolicy as error:
        raise UnusableSide(f"{side.name}: the warehouse was run under a reading it does not have: {error}") from error
    except (BrokenPromise, duckdb.Error) as error:
        raise UnfitRegistry(f"{side.name}: the tables cannot be built under it. {error}") from error
    return list(dict.fromkeys(one.table_id for one in publications if one.months_built))


def _months(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    in_play = [month for month in MONTHS if month in months_in_play(con)]
    return months_between(in_play[0], in_play[-1]) if in_play else MONTHS[:1]


def _changed(table: str, key: Sequence[str], also: Sequence[str], columns: Sequence[str]) -> str:
    """The rows of a compared table that differ, with both sides of every column and the names of those that differ."""
    named = [f"coalesce(a.{name}, b.{name}) as {name}" for name in (*key, *also)]
    both = [f"a.{name} as {name}_a, b.{name} as {name}_b" for name in columns]
    differs = ", ".join(f"if(a.{name} is distinct from b.{name}, '{name}', null)" for name in columns)
    on = " and ".join(f"a.{name} = b.{name}" for name in key)
    return (
        f"select {', '.join((*named, *both))}, list_filter([{differs}], lambda name: name is not null) as differs"
        f" from compared.{table}_a as a full join compared.{table}_b as b on {on} where len(differs) > 0"
    )


#: What a change weighs, for the order of a list only; an amount unknown on one side weighs what the other side has.
WEIGHT = "abs(coalesce(principal_usd_b, 0) - coalesce(principal_usd_a, 0))" + "".join(
    f" + abs(coalesce({name}_b, 0) - coalesce({name}_a, 0))" for name in AMOUNTS[1:]
)


def _sums(names: Sequence[str]) -> str:
    """Sums of both sides side by side, each with how many it cannot include: unknown is not zero."""
    return ", ".join(
        f"{letter}.{name}_{letter}, {letter}.{name}_unknown_count_{letter}" for name in names for letter in SIDES
    )


def _side_sums(letter: str, group: str) -> str:
    sums = ", ".join(
        f"sum({name}) as {name}_{letter}, count(*) - count({name}) as {name}_unknown_count_{letter}" for name in AMOUNTS
    )
    by = f"{group}, " if group else ""
    grouping = f" group by {group}" if group else ""
    return f"(select {by}count(*) as entry_count_{letter}, {sums} from compared.entries_{letter}{grouping})"


def _aggregates(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    (totals,) = rows_of(
        con,
        f"select entry_count_a, entry_count_b, {_sums(AMOUNTS)},"
        " (select count(*) from compared.changed_entries) as changed_entry_count,"
        " (select count(*) from compared.changed_tariff_rows) as changed_tariff_row_count"
        f" from {_side_sums('a', '')} as a cross join {_side_sums('b', '')} as b",
    )
    return {
        "totals": totals,
        "by_importer": rows_of(
            con,
            f"select coalesce(a.importer_number, b.importer_number) as importer_number, entry_count_a, entry_count_b,"
            f" {_sums(AMOUNTS)}"
            f" from {_side_sums('a', 'importer_number')} as a full join {_side_sums('b', 'importer_number')} as b"
            " on a.importer_number is not distinct from b.importer_number order by importer_number nulls last",
        ),
        "by_programme": rows_of(
            con,
            "select coalesce(a.programme, b.programme) as programme, a.ieepa_low_usd as ieepa_low_usd_a,"
            " b.ieepa_low_usd as ieepa_low_usd_b, a.ieepa_high_usd as ieepa_high_usd_a,"
            " b.ieepa_high_usd as ieepa_high_usd_b"
            " from compared.programmes_a as a full join compared.programmes_b as b"
            " on a.programme is not distinct from b.programme order by programme nulls last",
        ),
        "by_answer": rows_of(
            con,
            "select cape_status_a, recommended_path_a, cape_status_b, recommended_path_b, count(*) as entry_count"
            " from compared.changed_entries"
            " where cape_status_a is distinct from cape_status_b"
            " or recommended_path_a is distinct from recommended_path_b"
            " group by all order by all",
        ),
        "by_heading": rows_of(con, _by_heading()),
        "largest": rows_of(
            con,
            f"select * from compared.changed_entries order by {WEIGHT} desc, entry_number limit {MOST_LISTED}",
        ),
    }


def _by_heading() -> str:
    both = ", ".join(f"{name}_{letter}" for name in OF_A_ROW for letter in SIDES)
    amounts = ", ".join(f"sum({name}_{letter}) as {name}_{letter}" for name in OF_A_ROW_AMOUNTS for letter in SIDES)
    return (
        f"select heading, {both}, count(*) as tariff_row_count, sum(duty_usd) as duty_usd, {amounts}"
        " from compared.changed_tariff_rows group by all order by all"
    )
