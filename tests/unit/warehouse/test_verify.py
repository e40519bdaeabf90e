"""Verify looks at what stands: broken promises of tables and views, and rows that are not those recorded."""

from datetime import date, timedelta

import pytest

from cape_pipeline.warehouse.builds import read_builds
from cape_pipeline.warehouse.verify import broken_promises, changed_months
from tests.unit.warehouse import shop
from tests.unit.warehouse.conftest import Shop

NINE_ORDERS = {f"o{n:03}": str(date(2025, 3, 1) + timedelta(days=n)) for n in range(9)}


def test_what_keeps_its_promises_has_none_broken(opened: Shop) -> None:
    opened.build_all()
    for contract in shop.CONTRACTS.values():
        assert broken_promises(opened.con, contract, read_builds(opened.con)) == []
        assert changed_months(opened.con, contract, read_builds(opened.con)) == []


@pytest.mark.parametrize(
    ("sql", "promise"),
    [
        (shop.DEAR_ITEMS.replace("totals.item,", "upper(totals.item) as item,"), "item: isin"),
        (shop.DEAR_ITEMS + "union all select 'tea', 100.00", "one row for each item"),
    ],
)
def test_the_rows_of_a_view_are_computed_and_held_against_its_contract(opened: Shop, sql: str, promise: str) -> None:
    opened.receive(**NINE_ORDERS)
    opened.build_all()
    opened.write("shop.dear_items", sql)
    opened.build("shop.dear_items")
    (offence,) = broken_promises(opened.con, shop.CONTRACTS["shop.dear_items"], read_builds(opened.con))
    assert promise in offence.promise
    assert offence.count == 1


def test_a_row_changed_behind_the_pipelines_back_is_told_by_its_month(opened: Shop) -> None:
    opened.build_all()
    opened.con.execute("update shop.sales set amount_usd = amount_usd + 1 where order_number = '003'")
    builds = read_builds(opened.con)
    assert changed_months(opened.con, shop.CONTRACTS["shop.sales"], builds) == ["2025-04"]
    opened.con.execute("delete from shop.totals")
    assert changed_months(opened.con, shop.CONTRACTS["shop.totals"], builds) == ["all"]
