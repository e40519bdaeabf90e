"""The small tables from which entries are drawn: a row a kind and day, a template, an importer, a claim's settlement.

Belongs here: putting plan, kinds, goods and settlements into DuckDB. Does not belong here: deciding any of them, and
drawing (`draws.py`). None of these tables grows with the number of entries, but the importers.
"""

from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl

from cape_pipeline.sample import goods, kinds, settlement, timetable
from cape_pipeline.sample.law import Law
from cape_pipeline.sample.plan import Plan
from cape_pipeline.sample.timetable import EntryDay

KIND_SLOTS, GOODS_SLOTS = 4096, 256
NO_KEY = -1  # of entries on no claim, so that these too have a partner in every table
PORTS = ("2704", "4601", "3001", "0901")
#: Prefixes of employer numbers that the Internal Revenue Service has not given out.
UNASSIGNED_PREFIXES = ("17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96", "97")


def create_tables(con: duckdb.DuckDBPyConnection, plan: Plan, days: Sequence[EntryDay], law: Law) -> None:
    """Fill every small table of a plan."""
    pools = [goods.pools(day.day, law) for day in days]
    phases = [tuple(kinds.shares_on(day, frozenset(found))) for day, found in zip(days, pools, strict=True)]
    phase_ids = {phase: number for number, phase in enumerate(dict.fromkeys(phases))}
    members = {pool: number for number, pool in enumerate(dict.fromkeys(m for found in pools for m in found.values()))}
    _entry_days(con, days, [phase_ids[phase] for phase in phases])
    _slots(con, "kind_slots", phase_ids, KIND_SLOTS)
    _slots(con, "goods_slots", members, GOODS_SLOTS)
    _cases(con, days, pools, members)
    _templates(con, days, law)
    _runs(con, plan, days)
    _importers(con, plan)
    _settlements(con, days)


def _entry_days(con: duckdb.DuckDBPyConnection, days: Sequence[EntryDay], phases: list[int]) -> None:
    rows = [
        (day.day_id, phase, day.day, day.summary, day.monthly_statement)
        for day, phase in zip(days, phases, strict=True)
    ]
    _fill(
        con,
        "entry_days",
        ("day_id integer", "phase integer", "entry_date date", "summary_date date", "statement_date date"),
        rows,
    )


def _slots(
    con: duckdb.DuckDBPyConnection, name: str, wheels: dict[tuple[tuple[int, int], ...], int], slots: int
) -> None:
    """Wheels of fortune: of every wheel so many slots for each place as its share wants, and at least one."""
    rows = []
    for wheel, number in wheels.items():
        total = sum(share for _, share in wheel)
        upto = 0
        slot = 0
        for place, share in wheel:
            upto += share
            last = max(slots * upto // total, slot + 1)
            rows += [(number * slots + at, place) for at in range(slot, min(last, slots))]
            slot = last
    _fill(con, name, ("slot_key integer", "place integer"), rows)


_CASE_COLUMNS = (
    "case_key integer", "kind varchar", "entry_type varchar", "first_pool integer", "other_pool integer",
    "line_count integer", "cape_status varchar", "recommended_path varchar", "is_accepted boolean",
    "is_failed boolean", "is_held boolean", "message varchar", "first_wave integer", "wave_count integer",
    "tail varchar", "newer_tail varchar", "is_liquidated boolean", "is_owed boolean", "has_prior_refund boolean",
    "is_ordinary boolean", "is_seen_again boolean", "protest_filed date",
    "protest_decided date", "has_facts boolean", *(f"fact_{name} varchar" for name in (
        "adcvd_status", "drawback", "protest_status", "protest_scope", "recon_09_filed", "recon_issue",
        "recon_due_date", "surety_paid", "warehouse_entry_number",
    )),
)  # fmt: skip


def _cases(con: duckdb.DuckDBPyConnection, days: Sequence[EntryDay], pools: list[Any], members: dict[Any, int]) -> None:
    rows = []
    for day, found in zip(days, pools, strict=True):
        for place, kind in enumerate(kinds.KINDS):
            case = kinds.case_of(kind, day)
            if case and {kind.pool, kind.other_pool} <= set(found):
                key = day.day_id * kinds.KIND_IDS + place
                rows.append(_case(key, case, members[found[kind.pool]], members[found[kind.other_pool]]))
    _fill(con, "cases", _CASE_COLUMNS, rows)


def _case(key: int, case: kinds.Case, first_pool: int, other_pool: int) -> tuple[Any, ...]:
    kind, facts = case.kind, case.kind.facts
    flag = "Y" if kind.is_flagged else ""
    tail = f",{case.shown_status},{_us(case.liquidated)},{flag},{case.protest_shown},"
    newer_tail = f",{case.newer_status},{_us(case.newer_liquidated)},{flag},{case.protest_shown},"
    told = [facts.get(name) for name in ("adcvd_status", "drawback")]
    told += [kind.protest or None, facts.get("protest_scope")]
    told += [facts.get(n) for n in ("recon_09_filed", "recon_issue", "recon_due_date", "surety_paid")]
    told.append(facts.get("warehouse_entry_number"))
    return (
        key, kind.name, kind.entry_type, first_pool, other_pool, kind.line_count, case.cape_status,
        case.recommended_path, kind.claim.startswith("accepted"), kind.claim == "failed", bool(kind.hold), kind.message,
        case.first_wave, case.wave_count, tail, newer_tail, case.shown_status == "Liquidated", kind.is_owed,
        kind.has_prior_refund, kind.name == kinds.ORDINARY,
        kind.is_seen_again, case.protest_filed, case.protest_decided, bool(facts or kind.has_prior_refund), *told,
    )  # fmt: skip


def _templates(con: duckdb.DuckDBPyConnection, days: Sequence[EntryDay], law: Law) -> None:
    rows = [row for day in days for row in goods.templates(day.day_id, day.day, law)]
    _fill(con, "templates", goods.TEMPLATE_COLUMNS, rows)


def _runs(con: duckdb.DuckDBPyConnection, plan: Plan, days: Sequence[EntryDay]) -> None:
    rows = []
    for run in plan.runs:
        of_month = [day.day_id for day in days if day.month == run.month]
        neighbour = plan.filers[(run.filer.number + 1) % len(plan.filers)]
        rows.append((
            run.month, run.filer.code, run.filer.number, run.filer.code.isdigit(), run.first_entry, run.first_serial,
            run.entry_count, run.filer.first_importer, run.filer.importer_count, neighbour.first_importer,
            neighbour.importer_count, of_month[0], len(of_month),
        ))  # fmt: skip
    columns = (
        "entry_month varchar", "filer_code varchar", "filer_number integer", "is_digits boolean", "first_entry bigint",
        "first_serial bigint", "entry_count bigint", "first_importer bigint", "importer_count bigint",
        "next_first_importer bigint", "next_importer_count bigint", "first_day_id bigint", "day_count bigint",
    )  # fmt: skip
    _fill(con, "runs", columns, rows)


def _importers(con: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Every importer of the plan: made-up names, numbers of every valid form, and what the broker knows of it."""
    prefixes = ", ".join(f"'{prefix}'" for prefix in UNASSIGNED_PREFIXES)
    count, salt = len(UNASSIGNED_PREFIXES), plan.salt("importer")
    _fill(
        con,
        "filers",
        ("filer_number integer", "filer_code varchar", "first_importer bigint", "importer_count bigint"),
        [(f.number, f.code, f.first_importer, f.importer_count) for f in plan.filers],
    )
    # two numbers apart by less than ten million are never given the same seven digits
    con.execute(
        f"""
        create table importers as
        with numbered as (
            select
                filer_code,
                filer_number,
                unnest(range(first_importer, first_importer + importer_count)) as importer
            from filers
        ),
        drawn as (
            select *, hash(importer + {salt}) as h, [{prefixes}][1 + importer % {count}] as prefix,
                lpad(cast((importer // {count} * 7919 + {salt % 10_000_000}) % 10000000 as varchar), 7, '0') as digits
            from numbered
        )
        select
            importer,
            case
                when h % 100 < 92 then prefix || '-' || digits
                when h % 100 < 96 then prefix || '-' || digits || chr(65 + cast(h >> 20 & 15 as integer)) || 'B'
                when h % 100 < 97 then prefix || '-' || digits || '00'
                else '25' || lpad(cast(1 + importer % 9000 as varchar), 4, '0') || '-'
                    || lpad(cast(importer // 9000 as varchar), 5, '0')
            end as importer_number,
            ['Larkspindle', 'Quillmark', 'Oduvane', 'Tallowmere', 'Norvane', 'Brindlecove', 'Westerfold', 'Amberlock']
                [1 + cast(h >> 8 & 7 as integer)] || ' '
            || ['Trading', 'Supply', 'Imports', 'Brands', 'Components', 'Home', 'Textiles', 'Works']
                [1 + cast(h >> 12 & 7 as integer)] || ' ' || importer || if(h % 10 = 9, ', a partnership', ' Inc')
                as importer_name,
            if(h % 10 = 9, 'noncorporate', 'corporate') as rate_class,
            (h >> 24) % 100 < 35 as pays_monthly,
            (h >> 32) % 100 >= 5 as is_enrolled,
            (h >> 40) % 100 < 4 as has_notify_party,
            if(has_notify_party, {plan.importers} + filer_number, importer) as payee,
            if(
                has_notify_party,
                '08-' || lpad(cast(filer_number as varchar), 7, '0'),
                importer_number
            ) as payee_number,
            if(has_notify_party, 'Customs broker ' || filer_code, importer_name) as payee_name
        from drawn
        order by importer
        """
    )


def _settlements(con: duckdb.DuckDBPyConnection, days: Sequence[EntryDay]) -> None:
    known = timetable.settlements()
    _fill(
        con,
        "settlements",
        ("settlement_key integer", "accepted_date date", "settled date", "is_settled boolean", "refund_date date",
         "value_date date"),
        [
            (s.settlement_key, s.accepted, s.settled, s.settled <= timetable.NEWER_RUN, s.refund_date,
             s.refund_date and timetable.value_date(s.refund_date))
            for s in known
        ]
        + [(NO_KEY, None, None, False, None, None)],
    )  # fmt: skip
    _fill(con, "waves", ("wave integer", "wave_date date"), [*enumerate(timetable.waves()), (NO_KEY, None)])
    deposits = {day.summary for day in days} | {day.monthly_statement for day in days}
    _fill(
        con,
        "interest_factors",
        ("deposit_date date", "settled date", "rate_class varchar", "factor decimal(20, 18)"),
        list(settlement.interest_factors(deposits, {s.settled for s in known if s.refund_date})),
    )
    slots = [
        (slot, place)
        for slot, place in enumerate(place for place, fate in enumerate(settlement.FATES) for _ in range(fate.share))
    ]
    _fill(con, "fate_slots", ("slot integer", "fate integer"), slots)
    _fill(
        con,
        "fates",
        ("fate integer", "fate_name varchar", "match_status varchar", "fate_path varchar", "secondary_status varchar",
         "credits integer", "withheld integer", "in_rev603 boolean"),
        [
            (place, f.name, f.match_status, f.recommended_path, f.secondary_status, f.credits, f.withheld, f.in_rev603)
            for place, f in enumerate(settlement.FATES)
        ],
    )  # fmt: skip


def _fill(con: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """A table of plain values, handed over as one frame of columns."""
    con.execute(f"create table {name} ({', '.join(columns)})")
    names = [column.split()[0] for column in columns]
    frame = pl.DataFrame(dict(zip(names, zip(*rows, strict=True), strict=True)), strict=False)
    con.register("given", frame)
    con.execute(f"insert into {name} select {', '.join(names)} from given")
    con.unregister("given")


def _us(day: Any) -> str:
    return f"{day:%m/%d/%Y}" if day else ""
