"""A table is built, checked and committed as one: it is right and recorded, or it is the one that stood before."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.partitions import MONTHS
from cape_pipeline.warehouse import query
from cape_pipeline.warehouse.builds import stale_tables
from cape_pipeline.warehouse.publish import BrokenPromise, MovedKey, publish, publish_frame, record_received
from tests.unit.warehouse import shop
from tests.unit.warehouse.conftest import Shop, forget, open_shop

MARCH_AND_APRIL = [
    ("001", "2025-03", Decimal("12.00")),
    ("002", "2025-03", Decimal("12.00")),
    ("003", "2025-04", Decimal("12.00")),
]
NO_SALE_ABOVE_TEN = (
    "-- No sale is above ten dollars.\nselect order_number, amount_usd from shop.sales where amount_usd > 10"
)


def recorded(opened: Shop) -> list[tuple[Any, ...]]:
    return opened.rows("select * from warehouse.builds order by all")


def temporary_tables(opened: Shop) -> list[tuple[Any, ...]]:
    return opened.rows("select table_name from duckdb_tables() where temporary")


# ---- built as a whole or not at all -------------------------------------------------------------------------------


def test_a_table_that_keeps_its_promises_is_written_with_what_was_checked(opened: Shop) -> None:
    opened.claim("shop.sales", "no_sale_above_ten", NO_SALE_ABOVE_TEN.replace("> 10", "> 100"))
    publication = opened.build("shop.sales")
    assert opened.sales() == MARCH_AND_APRIL
    assert (publication.table_id, publication.row_count) == ("shop.sales", 3)
    assert publication.months_built == ("2025-03", "2025-04")
    assert [(check.name, check.description, check.passed) for check in publication.checks] == [
        ("contract", "Columns, values and grain of shop.sales are as declared", True),
        ("no_sale_above_ten", "No sale is above ten dollars.", True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "promise"),
    [
        ("orders.order_number,", "orders.order_number || 'x' as order_number,", "str_matches"),
        ("prices.price_usd * orders", "-1 * orders", "greater_than_or_equal_to"),
        ("orders.item,", "nullif(orders.item, 'tea') as item,", "item is known"),
        ("orders.item,", "length(orders.item) as item,", "columns, types and order are as declared"),
        ("    orders.item,\n", "", "columns, types and order are as declared"),
        ("on orders.item = prices.item", "on true", "one row for each order_number"),
    ],
)
def test_a_build_that_breaks_the_contract_or_the_grain_leaves_the_table_before_it(
    opened: Shop, old: str, new: str, promise: str
) -> None:
    opened.build("shop.sales")
    before = recorded(opened)
    assert old in shop.SALES
    opened.write("shop.sales", shop.SALES.replace(old, new))
    with pytest.raises(BrokenPromise, match=r"shop\.sales was not written, the table before it stands") as refusal:
        opened.build("shop.sales")
    (check,) = [check for check in refusal.value.checks if not check.passed]
    assert check.name == "contract"
    assert promise in check.offences[0].promise
    assert check.offences[0].count == len(check.offences[0].rows) > 0
    assert opened.sales() == MARCH_AND_APRIL
    assert recorded(opened) == before
    assert temporary_tables(opened) == []


def test_a_build_that_breaks_a_claim_leaves_the_table_before_it_and_names_the_offenders(opened: Shop) -> None:
    opened.build("shop.sales")
    before = recorded(opened)
    opened.claim("shop.sales", "no_sale_above_ten", NO_SALE_ABOVE_TEN)
    with pytest.raises(BrokenPromise, match=r"no_sale_above_ten: No sale is above ten dollars\. \(3 rows") as refusal:
        opened.build("shop.sales")
    contract, claim = refusal.value.checks
    assert (contract.passed, claim.passed) == (True, False)
    offenders = sorted(row["order_number"] for row in claim.offences[0].rows)
    assert offenders == ["001", "002", "003"]
    assert opened.sales() == MARCH_AND_APRIL
    assert recorded(opened) == before


def test_every_broken_promise_is_told_at_once(opened: Shop) -> None:
    opened.write(
        "shop.sales",
        shop.SALES.replace("prices.price_usd * orders", "-1 * orders").replace(
            " orders.item,", " null::varchar as item,"
        ),
    )
    with pytest.raises(BrokenPromise, match=r"item is known \(3 rows.*amount_usd: greater_than.*\(3 rows"):
        opened.build("shop.sales")


def test_the_first_build_that_fails_leaves_an_empty_table_and_no_record(opened: Shop) -> None:
    opened.claim("shop.sales", "no_sale_above_ten", NO_SALE_ABOVE_TEN)
    with pytest.raises(BrokenPromise):
        opened.build("shop.sales")
    assert opened.sales() == []
    assert [row for row in recorded(opened) if row[0] == "shop.sales"] == []


def test_a_select_that_cannot_run_leaves_everything_and_the_connection_can_be_used(opened: Shop) -> None:
    opened.build("shop.sales")
    opened.write("shop.sales", shop.SALES.replace("orders.quantity", "orders.quantities"))
    with pytest.raises(duckdb.BinderException):
        opened.build("shop.sales")
    assert opened.sales() == MARCH_AND_APRIL
    opened.write("shop.sales", shop.SALES)
    assert opened.build("shop.sales").months_built == ()


def test_a_claim_that_ends_in_a_comment_is_run_all_the_same(opened: Shop) -> None:
    opened.claim("shop.sales", "no_sale_above_ten", NO_SALE_ABOVE_TEN + " -- dollars")
    with pytest.raises(BrokenPromise, match="no_sale_above_ten"):
        opened.build("shop.sales")


def test_a_claim_on_months_looks_at_the_months_that_are_built(opened: Shop) -> None:
    opened.build("shop.sales", "2025-03")
    opened.claim(
        "shop.sales", "none_in_march", "-- None.\nselect 1 from shop.sales where list_contains($months, '2025-03')"
    )
    assert opened.build("shop.sales", "2025-04").checks[1].passed
    with pytest.raises(BrokenPromise, match="none_in_march"):
        opened.build("shop.sales", "2025-03")


def test_a_commit_that_fails_is_told_by_its_own_error(opened: Shop) -> None:
    class FullDisk:
        def __getattr__(self, name: str) -> Any:
            return getattr(opened.con, name)

        def execute(self, statement: str, *given: Any) -> Any:
            if statement == "commit":
                opened.con.execute("rollback")
                raise duckdb.IOException("no space left")
            return opened.con.execute(statement, *given)

    with pytest.raises(duckdb.IOException, match="no space left"):
        publish(FullDisk(), shop.Sales, shop.CONTRACTS, ("2025-03",))
    assert opened.sales() == []


# ---- what is built again ------------------------------------------------------------------------------------------


def test_what_stands_from_unchanged_inputs_is_not_built_again(opened: Shop) -> None:
    opened.build_all()
    for table_id in shop.QUERIES:
        assert opened.build(table_id).months_built == (), table_id
    opened.write("shop.sales", "-- Another remark.\n" + shop.SALES.replace("\n", "\n  "))
    assert opened.build("shop.sales").months_built == ()


def test_changed_sql_is_built_again(opened: Shop) -> None:
    opened.build("shop.sales")
    opened.write("shop.sales", shop.SALES.replace("* orders.quantity", "* 2 * orders.quantity"))
    assert opened.build("shop.sales").months_built == ("2025-03", "2025-04")
    assert {amount for *_, amount in opened.sales()} == {Decimal("24.00")}


def test_a_changed_or_new_claim_is_run_on_what_stands(opened: Shop) -> None:
    opened.build("shop.sales")
    opened.claim("shop.sales", "some", "-- Some.\nselect 1 from shop.sales where amount_usd > 100")
    assert opened.build("shop.sales").months_built == ("2025-03", "2025-04")
    opened.claim("shop.sales", "some", "-- Some.\nselect 1 from shop.sales where amount_usd > 1000")
    assert opened.build("shop.sales").months_built == ("2025-03", "2025-04")


def test_a_changed_contract_is_checked_on_what_stands(opened: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.build("shop.totals")
    monkeypatch.setattr(shop.Totals, "grain", ("item", "amount_usd"))
    assert opened.build("shop.totals").months_built == ("all",)


def test_changed_content_upstream_is_built_again_and_only_in_its_month(opened: Shop) -> None:
    opened.build_all()
    opened.receive(o001="2025-03-05", o002="2025-03-31", o003="2025-04-01", o004="2025-04-02")
    assert opened.build("shop.sales").months_built == ("2025-03", "2025-04")
    assert opened.build("shop.shipments").months_built == ("2025-04",)
    assert opened.build("shop.totals").months_built == ("all",)


def test_upstream_content_that_differs_only_in_volatile_columns_is_no_change(opened: Shop) -> None:
    opened.build("shop.sales")
    opened.con.execute("update shop.orders set received_at = received_at + interval 1 day")
    record_received(opened.con, shop.Orders)
    assert opened.build("shop.sales").months_built == ()


def test_one_month_may_be_run_alone(opened: Shop) -> None:
    assert opened.build("shop.sales", "2025-04").months_built == ("2025-04",)
    assert opened.sales() == MARCH_AND_APRIL[2:]
    assert opened.build("shop.sales").months_built == ("2025-03",)
    assert opened.sales() == MARCH_AND_APRIL


def test_an_entry_without_a_day_stands_among_the_undated(opened: Shop) -> None:
    opened.receive(o001=None)
    opened.build("shop.sales", *MONTHS)
    assert opened.sales() == [("001", "undated", Decimal("12.00"))]


# ---- a key that moves to another month (E3) ------------------------------------------------------------------------


def moved(opened: Shop) -> None:
    """Order 002 moves from 31 March to 1 April."""
    opened.build("shop.sales")
    opened.build("shop.shipments")
    opened.receive(o001="2025-03-05", o002="2025-04-01", o003="2025-04-01")


AFTER_THE_MOVE = [("001", "2025-03"), ("002", "2025-04"), ("003", "2025-04")]


def test_the_month_a_key_left_is_refused_alone_and_nothing_changes(opened: Shop) -> None:
    moved(opened)
    before = recorded(opened)
    with pytest.raises(MovedKey, match=r"^shop\.sales: 002 moved from 2025-03 to 2025-04: run both months$"):
        opened.build("shop.sales", "2025-03")
    assert opened.sales() == MARCH_AND_APRIL
    assert recorded(opened) == before
    assert temporary_tables(opened) == []


def test_the_month_a_key_came_to_may_be_run_alone_and_the_one_it_left_becomes_stale(opened: Shop) -> None:
    moved(opened)
    opened.build("shop.sales", "2025-04")
    assert [row[:2] for row in opened.sales()] == AFTER_THE_MOVE
    stale = [line for line in stale_tables(opened.con, shop.CONTRACTS, ("2025-03", "2025-04")) if "shop.sales" in line]
    assert stale == ["shop.sales 2025-03 is older than what it reads"]
    assert opened.build("shop.sales", "2025-03").months_built == ("2025-03",)
    assert [row[:2] for row in opened.sales()] == AFTER_THE_MOVE
    assert not [
        line for line in stale_tables(opened.con, shop.CONTRACTS, ("2025-03", "2025-04")) if "shop.sales" in line
    ]


def test_both_months_together_are_right(opened: Shop) -> None:
    moved(opened)
    assert opened.build("shop.sales").months_built == ("2025-03", "2025-04")
    assert [row[:2] for row in opened.sales()] == AFTER_THE_MOVE


def test_the_table_after_it_is_refused_or_right_too(opened: Shop) -> None:
    moved(opened)
    opened.build("shop.sales")
    with pytest.raises(MovedKey, match=r"^shop\.shipments: 002 moved from 2025-03 to 2025-04: run both months$"):
        opened.build("shop.shipments", "2025-03")
    opened.build("shop.shipments", "2025-04")
    assert opened.rows("select * from shop.shipments order by all") == AFTER_THE_MOVE


def test_a_key_that_vanished_everywhere_is_removed_from_its_month_alone(opened: Shop) -> None:
    opened.build("shop.sales")
    opened.receive(o001="2025-03-05", o003="2025-04-01")
    opened.build("shop.sales", "2025-03")
    assert [row[:2] for row in opened.sales()] == [("001", "2025-03"), ("003", "2025-04")]


DAYS = st.lists(st.sampled_from(["2025-02", "2025-03", "2025-04", None]), min_size=4, max_size=4)
PLAYED = ("undated", "2025-02", "2025-03", "2025-04")


@given(
    steps=st.lists(st.tuples(DAYS, st.lists(st.sampled_from(PLAYED), min_size=1, max_size=3, unique=True)), max_size=5)
)
def test_whatever_moves_and_whichever_months_are_run_no_key_is_ever_twice_gone_or_silently_wrong(
    steps: list[tuple[list[str | None], list[str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(query, "project_files", lambda name: folder / name)
        opened = open_shop(folder / "sql")
        opened.build("shop.sales", *PLAYED)
        keys = {"001", "002", "003"}
        for months, run in steps:
            opened.receive(**{f"o00{n}": month and f"{month}-15" for n, month in enumerate(months, 1)})
            before = opened.sales()
            try:
                opened.build("shop.sales", *run)
            except MovedKey:
                assert opened.sales() == before
            standing = [key for key, *_ in opened.sales()]
            truth = {f"00{n}": month or "undated" for n, month in enumerate(months, 1)}
            assert len(standing) == len(set(standing))
            assert keys & set(truth) <= set(standing)
            keys = set(standing)
            named = {
                line.split()[1] for line in stale_tables(opened.con, shop.CONTRACTS, PLAYED) if "shop.sales" in line
            }
            for month in set(PLAYED) - named:
                assert {key for key, at, _ in opened.sales() if at == month} == {
                    k for k, at in truth.items() if at == month
                }
        opened.build("shop.sales", *PLAYED)
        last = {f"00{n}": month or "undated" for n, month in enumerate(steps[-1][0], 1)} if steps else None
        assert last is None or {key: at for key, at, _ in opened.sales()} == last
        opened.con.close()
    forget()


# ---- views --------------------------------------------------------------------------------------------------------


def test_a_view_is_checked_for_its_shape_and_its_rows_are_not_computed(opened: Shop) -> None:
    opened.receive(**{f"o{n:03}": str(date(2025, 3, 1) + timedelta(days=n)) for n in range(9)})
    opened.build("shop.sales")
    opened.build("shop.totals")
    publication = opened.build("shop.dear_items")
    assert publication.row_count is None
    assert publication.checks[0].description == "Columns and types of shop.dear_items are as declared"
    opened.write("shop.dear_items", shop.DEAR_ITEMS.replace("totals.amount_usd\n", "1 as amount_usd\n"))
    with pytest.raises(BrokenPromise, match="columns, types and order are as declared"):
        opened.build("shop.dear_items")
    assert opened.rows("from shop.dear_items") == [("tea", Decimal("108.00"))]
    failing = shop.DEAR_ITEMS.replace("totals.item,", "cast(error(totals.item) as varchar) as item,")
    opened.write("shop.dear_items", failing)
    assert opened.build("shop.dear_items").months_built == ("all",)
    with pytest.raises(duckdb.InvalidInputException, match="tea"):
        opened.rows("from shop.dear_items")


def test_a_claim_about_a_view_is_run(opened: Shop) -> None:
    opened.build_all()
    opened.claim(
        "shop.dear_items", "none_is_cheap", "-- None is cheap.\nselect item from shop.totals where amount_usd < 50"
    )
    with pytest.raises(BrokenPromise, match="none_is_cheap: None is cheap"):
        opened.build("shop.dear_items")


def test_a_view_carries_the_comments_of_its_contract(opened: Shop) -> None:
    opened.build_all()
    assert opened.rows("select comment from duckdb_views() where view_name = 'dear_items'") == [
        ("One item that sold for a hundred or more. Grain: item.",)
    ]


# ---- frames -------------------------------------------------------------------------------------------------------


def test_an_equal_frame_leaves_the_table_as_it_stands_in_any_order_of_rows(opened: Shop) -> None:
    before = recorded(opened)
    assert opened.price(coffee="10.00", tea="4.00").months_built == ()
    assert opened.price(tea="4.00", coffee="10.01").months_built == ("all",)
    assert opened.rows("select price_usd from registry.prices where item = 'coffee'") == [(Decimal("10.01"),)]
    assert recorded(opened) != before
    assert opened.price(tea="4.00").row_count == 1


def test_a_frame_that_breaks_its_contract_changes_nothing(opened: Shop) -> None:
    before = recorded(opened)
    for bad, promise in (
        ({"item": ["tea"], "price_usd": [Decimal("-0.01")]}, "greater_than_or_equal_to"),
        ({"item": [None], "price_usd": [Decimal("1.00")]}, "item is known"),
        ({"item": ["tea", "tea"], "price_usd": [Decimal("1.00"), Decimal("2.00")]}, "one row for each item"),
    ):
        with pytest.raises(BrokenPromise, match=promise):
            publish_frame(opened.con, shop.Prices, pl.DataFrame(bad, schema=shop.Prices.empty_frame().schema))
    assert recorded(opened) == before
    assert opened.rows("select count(*) from registry.prices") == [(2,)]
    assert temporary_tables(opened) == []


def test_a_frame_is_not_bent_into_shape(opened: Shop) -> None:
    schema = shop.Prices.empty_frame().schema
    for misshapen in (
        pl.DataFrame({"item": ["tea"], "price_usd": [4.004]}),
        pl.DataFrame({"item": ["tea"]}),
        pl.DataFrame({"item": ["tea"], "price_usd": [Decimal("4.00")], "colour": ["green"]}, schema_overrides=schema),
        pl.DataFrame({"price_usd": [Decimal("4.00")], "item": ["tea"]}, schema_overrides=schema),
    ):
        with pytest.raises(BrokenPromise, match="columns, types and order are as declared"):
            publish_frame(opened.con, shop.Prices, misshapen)


def test_a_new_claim_about_an_equal_frame_is_run(opened: Shop) -> None:
    opened.claim(
        "registry.prices", "tea_is_dear", "-- Tea is dear.\nselect item from registry.prices where price_usd < 5"
    )
    with pytest.raises(BrokenPromise, match="tea_is_dear"):
        opened.price(coffee="10.00", tea="4.00")


def test_a_table_made_in_python_from_others_is_published_again_when_they_change(opened: Shop) -> None:
    opened.build_all()
    nothing = shop.Forecasts.empty_frame()
    assert publish_frame(opened.con, shop.Forecasts, nothing).months_built == ()
    opened.price(tea="5.00", coffee="10.00")
    opened.build("shop.sales")
    opened.build("shop.totals")
    assert publish_frame(opened.con, shop.Forecasts, nothing).months_built == ("all",)


# ---- received rows ------------------------------------------------------------------------------------------------


def test_received_rows_that_break_their_contract_are_refused_for_the_caller_to_roll_back(opened: Shop) -> None:
    opened.con.execute("begin")
    opened.con.execute("insert into shop.orders values ('1', null, 'tea', 0, now()::timestamp)")
    with pytest.raises(BrokenPromise, match=r"order_number: str_matches.*quantity: greater_than") as refusal:
        record_received(opened.con, shop.Orders)
    assert [check.name for check in refusal.value.checks] == ["contract"]
    opened.con.execute("rollback")
    assert opened.rows("select count(*) from shop.orders") == [(3,)]
