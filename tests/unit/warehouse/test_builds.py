"""What stands in each table-month and from what: written with the rows, and stale exactly when it should be."""

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.builds import (
    MOVED,
    Build,
    content_of,
    input_hash,
    read_builds,
    reads_of,
    record,
    registry_version,
    stale_tables,
)
from tests.support.pipeline import build_order
from tests.unit.warehouse import shop
from tests.unit.warehouse.conftest import MONTHS, Shop

SALES = [("001", "2025-03", "tea", Decimal("1.00")), ("002", "2025-03", "tea", Decimal("2.00"))]


def stale(opened: Shop, *months: str) -> list[str]:
    return stale_tables(opened.con, shop.CONTRACTS, months or MONTHS)


def behind(*tables: str) -> list[str]:
    """The sentences for whole tables and table-months that are behind, in the order of the contracts."""
    named = [f"{table} is older than what it reads" for table in tables]
    return sorted(named, key=lambda line: list(shop.CONTRACTS).index(line.split()[0]))


# ---- what is recorded ---------------------------------------------------------------------------------------------


def test_a_build_is_recorded_by_month_with_its_rows_and_a_whole_table_under_all(opened: Shop) -> None:
    opened.build_all()
    builds = read_builds(opened.con)
    counts = {key: build.row_count for key, build in builds.items()}
    assert counts == {
        ("registry.prices", "all"): 2,
        ("registry.discounts", "all"): 0,
        ("shop.orders", "all"): 3,
        ("shop.sales", "2025-03"): 2,
        ("shop.sales", "2025-04"): 1,
        ("shop.shipments", "2025-03"): 2,
        ("shop.shipments", "2025-04"): 1,
        ("shop.totals", "all"): 1,
        ("shop.dear_items", "all"): None,
        ("shop.forecasts", "all"): 0,
    }


def test_the_record_is_written_in_the_transaction_of_the_rows(opened: Shop) -> None:
    opened.con.execute("drop table warehouse.builds")
    opened.con.execute(
        "create table warehouse.builds (table_id varchar, partition_month varchar, input_hash varchar,"
        " row_count bigint check (row_count < 2), content_hash varchar, primary key (table_id, partition_month))"
    )
    with pytest.raises(duckdb.ConstraintException):
        opened.build("shop.sales")
    assert opened.sales() == []
    assert read_builds(opened.con) == {}


def test_the_kernel_works_on_the_rows_of_a_month_that_lost_all_of_them(opened: Shop) -> None:
    opened.build("shop.sales")
    opened.receive(o003="2025-03-01")
    opened.build("shop.sales", "2025-03")
    assert read_builds(opened.con)["shop.sales", "2025-04"] == Build(MOVED, 0, "")


# ---- content ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


def content(con: duckdb.DuckDBPyConnection, rows: list[tuple[str, str, str, Decimal]]) -> dict[str, tuple[int, str]]:
    con.execute(
        "create or replace temp table sold (order_number varchar, partition_month varchar, item varchar,"
        " amount_usd decimal(18,2), registry_version varchar default 'v')"
    )
    for row in rows:
        con.execute("insert into sold (order_number, partition_month, item, amount_usd) values (?, ?, ?, ?)", row)
    return content_of(con, shop.Sales, "sold")


ROW = st.tuples(
    st.sampled_from(["001", "002", "003"]),
    st.sampled_from(MONTHS),
    st.sampled_from(["tea", "", None]),
    st.sampled_from([None, Decimal("0.00"), Decimal("0.01")]),
)


@given(rows=st.lists(ROW, max_size=8), data=st.data())
def test_the_content_hash_does_not_depend_on_the_order_of_the_rows(
    rows: list[tuple[str, str, str, Decimal]], data: st.DataObject, con: duckdb.DuckDBPyConnection
) -> None:
    assert content(con, rows) == content(con, data.draw(st.permutations(rows)))


@given(rows=st.lists(ROW, min_size=1, max_size=8), changed=ROW, data=st.data())
def test_the_content_hash_changes_with_any_value_of_any_row_in_its_month_and_nowhere_else(
    rows: list[tuple[str, str, str, Decimal]],
    changed: tuple[str, str, str, Decimal],
    data: st.DataObject,
    con: duckdb.DuckDBPyConnection,
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    others = [*rows[:at], changed, *rows[at + 1 :]]
    before, after = content(con, rows), content(con, others)
    assert (before == after) == (changed == rows[at])
    for month in set(MONTHS) - {rows[at][1], changed[1]}:
        assert before.get(month) == after.get(month)


def test_a_row_that_stands_twice_is_not_the_row_once(con: duckdb.DuckDBPyConnection) -> None:
    assert content(con, SALES) != content(con, [*SALES, SALES[0]])
    assert content(con, [SALES[0]] * 2) != content(con, [SALES[1]] * 2)


def test_a_volatile_column_is_no_content(opened: Shop) -> None:
    before = content_of(opened.con, shop.Orders, "shop.orders")
    opened.con.execute("update shop.orders set received_at = received_at + interval 1 second")
    assert content_of(opened.con, shop.Orders, "shop.orders") == before
    opened.con.execute("update shop.orders set quantity = 4 where order_number = '001'")
    assert content_of(opened.con, shop.Orders, "shop.orders") != before


# ---- inputs -------------------------------------------------------------------------------------------------------


def test_a_monthly_table_depends_on_the_same_month_upstream_and_a_whole_table_on_all(opened: Shop) -> None:
    opened.build("shop.sales")

    def inputs() -> dict[str, str]:
        builds = read_builds(opened.con)
        return {
            f"{table} {month}": input_hash(shop.CONTRACTS[f"shop.{table}"], month, builds, shop.CONTRACTS)
            for table, month in (("shipments", "2025-03"), ("shipments", "2025-04"), ("totals", "all"))
        }

    before = inputs()
    record(opened.con, "shop.sales", {"2025-04": Build("other", 1, "other")})
    after = inputs()
    assert {name for name in before if before[name] != after[name]} == {"shipments 2025-04", "totals all"}


@pytest.mark.parametrize(
    ("moved", "month", "is_due"),
    [
        ("entries.case_facts", "2025-03", True),
        ("entries.case_facts", "2025-04", False),
        ("registry.as_of", "all", True),
        ("registry.cape_rules", "all", True),
        # the view's own record tells of all months at once, and so of none
        ("entries.judged_cases", "all", False),
    ],
)
def test_a_month_read_through_a_view_with_months_depends_on_that_month_of_what_the_view_reads(
    moved: str, month: str, *, is_due: bool
) -> None:
    decisions = CONTRACTS["entries.eligibility_decisions"]
    assert "entries.judged_cases" in reads_of(decisions)
    stood = {
        ("entries.case_facts", "2025-03"): Build("i", 1, "1"),
        ("entries.case_facts", "2025-04"): Build("i", 1, "1"),
        ("registry.as_of", "all"): Build("i", 1, "1"),
        ("registry.cape_rules", "all"): Build("i", 1, "1"),
        ("entries.judged_cases", "all"): Build("i", None, "1"),
    }
    before = input_hash(decisions, "2025-03", stood, CONTRACTS)
    after = input_hash(decisions, "2025-03", {**stood, (moved, month): Build("i", 1, "2")}, CONTRACTS)
    assert (after != before) is is_due


def test_a_month_without_rows_is_as_good_as_none(opened: Shop) -> None:
    opened.build("shop.sales")
    before = input_hash(shop.Totals, "all", read_builds(opened.con), shop.CONTRACTS)
    opened.build("shop.sales", "2026-01")
    assert input_hash(shop.Totals, "all", read_builds(opened.con), shop.CONTRACTS) == before


def test_what_a_table_reads_is_in_its_sql_or_said_by_its_contract() -> None:
    assert reads_of(CONTRACTS["refunds.interest_factors"]) == (
        "refunds.accrual_spans",
        "registry.interest_rates",
        "registry.policies_in_force",
    )
    assert reads_of(CONTRACTS["refunds.entry_interest"]) == ("refunds.interest_accruals",)
    assert reads_of(CONTRACTS["ace.loads"]) == ()


def test_everything_a_table_reads_has_a_contract_and_comes_before_it() -> None:
    order = [table for table, one in CONTRACTS.items() if one.source in ("received", "python")] + build_order()
    reads = {table_id: set(reads_of(contract)) for table_id, contract in CONTRACTS.items()}
    assert set().union(*reads.values()) <= set(CONTRACTS)
    assert [
        (table, upstream)
        for table, upstreams in reads.items()
        for upstream in upstreams
        if order[::-1].index(upstream) < order[::-1].index(table)
    ] == []


def test_a_table_reads_through_only_what_it_reads_by_what_it_reads_too() -> None:
    for table_id, contract in CONTRACTS.items():
        pairs = contract.reads_through.items()
        assert {table for pair in pairs for table in pair} <= set(reads_of(contract)), table_id
        assert not set(contract.reads_through) & set(contract.reads_through.values()), table_id


def test_the_baselines_tell_of_the_rows_that_are_read_through_them() -> None:
    raw = {"ace.es003_tariff_lines", "ace.entry_version_loads", "ace.current_broker_lines"}
    told = {
        (table, by) for table, contract in CONTRACTS.items() for one, by in contract.reads_through.items() if one in raw
    }
    readers = ("heading_decisions", "classified_lines", "specific_duties", "rate_stacks", "broker_line_duties")
    assert told == {(f"lines.{table}", "lines.entry_baselines") for table in readers}
    assert "rows_hash" in CONTRACTS["lines.entry_baselines"].column_names()


def test_what_makes_the_rows_of_a_python_table_is_named_where_it_is_read_through() -> None:
    for contract in CONTRACTS.values():
        for upstream in contract.reads_through:
            assert CONTRACTS[upstream].source != "python" or CONTRACTS[upstream].made_by, upstream


# ---- the version of the registry -----------------------------------------------------------------------------------


def version(opened: Shop, table: str) -> str:
    return registry_version(shop.CONTRACTS[table], read_builds(opened.con), shop.CONTRACTS)


def test_the_registry_version_changes_with_the_rules_a_table_reads_directly_or_not_and_with_no_others(
    opened: Shop,
) -> None:
    tables = ("shop.sales", "shop.shipments", "shop.totals", "shop.dear_items", "shop.forecasts")
    before = {table: version(opened, table) for table in tables}
    opened.price(shop.Discounts, tea="1.00")
    discounted = {table: version(opened, table) for table in tables}
    assert {table for table in tables if before[table] != discounted[table]} == {
        "shop.totals",
        "shop.dear_items",
        "shop.forecasts",
    }
    opened.price(tea="4.01", coffee="10.00")
    assert {table for table in tables if version(opened, table) != discounted[table]} == set(tables)
    opened.price(tea="4.00", coffee="10.00")
    opened.price(shop.Discounts)
    assert {table: version(opened, table) for table in tables} == before


def test_the_registry_version_does_not_change_with_the_rows_received(opened: Shop) -> None:
    opened.build_all()
    before = version(opened, "shop.totals")
    opened.receive(o009="2025-03-01")
    opened.build_all()
    assert version(opened, "shop.totals") == before


def test_the_version_on_the_rows_is_that_of_their_rules_and_a_new_rule_rewrites_them(opened: Shop) -> None:
    opened.build_all()
    assert opened.rows("select distinct registry_version from shop.sales") == [(version(opened, "shop.sales"),)]
    opened.price(tea="4.00", coffee="11.00")  # no coffee was sold
    opened.build_all()
    assert opened.rows("select distinct registry_version from shop.sales") == [(version(opened, "shop.sales"),)]


def test_the_interest_of_an_entry_carries_the_version_of_the_rates_it_rests_on() -> None:
    def on(rates: str, day: str) -> str:
        contents = {"registry.interest_rates": rates, "registry.as_of": day}
        builds = {(table, "all"): Build("x", 1, content) for table, content in contents.items()}
        return registry_version(CONTRACTS["refunds.interest_accruals"], builds, CONTRACTS)

    assert on("6 %", "Monday") != on("7 %", "Monday")
    assert on("6 %", "Monday") == on("6 %", "Tuesday")


# ---- staleness ----------------------------------------------------------------------------------------------------


def test_nothing_is_stale_after_everything_was_built(opened: Shop) -> None:
    opened.build_all()
    assert stale(opened) == []


def test_what_was_never_built_is_named(opened: Shop) -> None:
    assert stale(opened) == [
        "shop.sales 2025-03 has not been built",
        "shop.sales 2025-04 has not been built",
        "shop.shipments 2025-03 has not been built",
        "shop.shipments 2025-04 has not been built",
        "shop.totals all has not been built",
        "shop.dear_items all has not been built",
        "shop.forecasts all has not been built",
    ]


def test_only_the_months_in_play_are_judged(opened: Shop) -> None:
    opened.build("shop.sales", "2025-03")
    assert [line for line in stale(opened, "2025-03") if "shop.sales" in line] == []


def test_new_rows_make_stale_what_reads_them_and_then_step_by_step_what_follows(opened: Shop) -> None:
    opened.build_all()
    opened.receive(o001="2025-03-05", o002="2025-03-31", o003="2025-04-01", o004="2025-04-02")
    assert stale(opened) == behind("shop.sales 2025-03", "shop.sales 2025-04")
    opened.build("shop.sales")
    assert stale(opened) == behind("shop.shipments 2025-04", "shop.totals all")
    opened.build("shop.shipments")
    opened.build("shop.totals")
    assert stale(opened) == behind("shop.dear_items all", "shop.forecasts all")
    opened.build_all()
    assert stale(opened) == []


@pytest.mark.parametrize(
    ("table_id", "tables"),
    [
        ("shop.sales", ("shop.sales 2025-03", "shop.sales 2025-04")),
        ("shop.totals", ("shop.totals all",)),
        ("shop.dear_items", ("shop.dear_items all",)),
    ],
)
def test_a_changed_select_makes_its_own_table_stale(opened: Shop, table_id: str, tables: tuple[str, ...]) -> None:
    opened.build_all()
    alias = table_id.removeprefix("shop.")
    opened.write(table_id, f"-- New.\nselect * from (\n{shop.QUERIES[table_id]}\n) as {alias}")
    assert stale(opened) == behind(*tables)


def test_a_new_claim_makes_its_table_stale_also_one_made_in_python(opened: Shop) -> None:
    opened.build_all()
    opened.claim("shop.forecasts", "some", "-- Some.\nselect 1 from shop.forecasts where false")
    assert stale(opened) == behind("shop.forecasts all")


def test_a_rule_nobody_reads_makes_nothing_stale_and_one_somebody_reads_makes_him_stale(opened: Shop) -> None:
    opened.build_all()
    opened.price(shop.Discounts, coffee="0.10")
    assert stale(opened) == behind("shop.totals all")
    opened.price(shop.Discounts)
    assert stale(opened) == []
