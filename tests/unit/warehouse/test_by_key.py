"""When only the day moves, only the keys that turn are built; the tables are those of a whole build all the same."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.warehouse import by_key, query
from cape_pipeline.warehouse.builds import read_builds
from cape_pipeline.warehouse.changes import note_moved_day
from cape_pipeline.warehouse.contract import Field, TableContract, Turns
from cape_pipeline.warehouse.macros import create_macros
from cape_pipeline.warehouse.publish import BrokenPromise, Publication, publish, publish_frame, record_received
from cape_pipeline.warehouse.tables import ensure_tables
from cape_pipeline.warehouse.verify import changed_months
from tests.unit.warehouse.conftest import forget

MONTHS = ("2025-03", "2025-04", "2025-05")
NUMBER = Field("order_number", "VARCHAR", "Number of the order", matches="^[0-9]{3}$")
MONTH = Field("partition_month", "VARCHAR", "Month of the order")
STATE = Field("state", "VARCHAR", "Whether its payment is late", one_of=("open", "late"))


class OfShop(TableContract):
    """A table of the shop, wherever its class stands."""

    @classmethod
    def layer(cls) -> str:
        return "shop"


class Day(OfShop):
    """The day."""

    source = "python"
    moves_keys_of = Turns("shop.turnings", key="order_number", on_day="turning_date")
    fields = (Field("on_day", "DATE", "The day"),)
    grain = ("on_day",)


class Orders(OfShop):
    """One order as received."""

    source = "received"
    fields = (NUMBER, Field("order_day", "DATE", "Day of the order"))
    grain = ("order_number",)


class Turnings(OfShop):
    """The day on which the payment of an order becomes late."""

    source = "view"
    fields = (NUMBER, Field("turning_date", "DATE", "The first late day"))
    grain = ("order_number",)


class Payments(OfShop):
    """One order and whether its payment is late."""

    partition = "entry_month"
    independent_by = "order_number"
    fields = (NUMBER, MONTH, STATE)
    grain = ("order_number",)


class Reminders(OfShop):
    """One late order, as a view."""

    source = "view"
    independent_by = "order_number"
    fields = (NUMBER,)
    grain = ("order_number",)


class Letters(OfShop):
    """One letter to write, for every late order."""

    independent_by = "order_number"
    fields = (NUMBER, Field("text", "VARCHAR", "What it says"))
    grain = ("order_number",)


class Counts(OfShop):
    """One state and how many orders have it: no table by order."""

    fields = (STATE, Field("orders", "BIGINT", "How many"))
    grain = ("state",)


CONTRACTS: dict[str, type[TableContract]] = {
    contract.table_id(): contract for contract in (Day, Orders, Turnings, Payments, Reminders, Letters, Counts)
}

SQL = {
    "shop.turnings": """
-- An order is late on the thirtieth day after it.
-- Grain: order_number.
select order_number, order_day + 30 as turning_date
from shop.orders
""",
    "shop.payments": """
-- Every order and whether its payment is late on the day.
-- Grain: order_number.
select
    orders.order_number,
    partition_month_of(orders.order_day) as partition_month,
    if(day.on_day >= orders.order_day + 30, 'late', 'open') as state
from shop.orders as orders
cross join shop.day as day
where list_contains($months, partition_month_of(orders.order_day))
""",
    "shop.reminders": """
-- The late orders.
-- Grain: order_number.
select order_number
from shop.payments
where state = 'late'
""",
    "shop.letters": """
-- A letter for each of them.
-- Grain: order_number.
select reminders.order_number, 'Please pay ' || reminders.order_number as text
from shop.reminders as reminders
""",
    "shop.counts": """
-- Orders by state.
-- Grain: state.
select state, count(*) as orders
from shop.payments
group by state
""",
}
ORDER = ("shop.turnings", "shop.payments", "shop.reminders", "shop.letters", "shop.counts")
FIRST = date(2025, 3, 1)


class House:
    """A warehouse of these tables, and a note of the rows each SELECT was asked for."""

    def __init__(self, folder: Path, orders: dict[str, date]) -> None:
        self.con = duckdb.connect()
        self.folder = folder
        create_macros(self.con)
        ensure_tables(self.con, CONTRACTS.values())
        for table_id, text in SQL.items():
            self.write(table_id, text)
        self.receive(orders)

    def write(self, table_id: str, text: str) -> None:
        self._put(f"{table_id.replace('.', '/')}.sql", text)

    def claim(self, table_id: str, name: str, text: str) -> None:
        self._put(f"shop/checks/{table_id.split('.')[1]}__{name}.sql", text)

    def _put(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
        forget()

    def receive(self, orders: dict[str, date]) -> None:
        self.con.execute("delete from shop.orders")
        for number, day in orders.items():
            self.con.execute("insert into shop.orders values (?, ?)", [number, day])
        record_received(self.con, Orders)

    def set_day(self, day: date) -> None:
        note_moved_day(self.con, Day, read_builds(self.con), CONTRACTS, day)
        publish_frame(self.con, Day, pl.DataFrame({"on_day": [day]}))

    def build(self, *months: str) -> dict[str, Publication]:
        return {table: publish(self.con, CONTRACTS[table], CONTRACTS, months or MONTHS) for table in ORDER}

    def on(self, day: date) -> None:
        self.set_day(day)
        self.build()

    def changed(self, table_id: str) -> set[str] | None:
        """The keys known to have changed; None where nothing is known."""
        if not self.rows(f"from warehouse.changes where table_id = '{table_id}'"):
            return None
        return {key for (key,) in self.rows(f"select key from warehouse.changed_keys where table_id = '{table_id}'")}

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        return self.con.execute(select).fetchall()

    def contents(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "select table_id, partition_month, row_count, content_hash from warehouse.builds"
            " where row_count > 0 and table_id <> 'shop.day' order by all"
        )


ORDERS = {f"{n:03}": FIRST + timedelta(days=4 * n) for n in range(20)}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(query, "project_files", lambda name: tmp_path / name)
    house = House(tmp_path / "sql", ORDERS)
    yield house
    house.con.close()
    forget()


def test_a_day_later_only_the_order_that_turned_is_built_and_its_followers_with_it(house: House) -> None:
    house.on(FIRST + timedelta(days=29))
    assert house.changed("shop.payments") is None
    house.on(FIRST + timedelta(days=30))
    assert house.changed("shop.day") == {"000"}
    assert house.changed("shop.payments") == {"000"}
    assert house.changed("shop.reminders") == {"000"}
    assert house.changed("shop.letters") == {"000"}
    assert house.rows("from shop.letters") == [("000", "Please pay 000")]
    assert house.rows("from shop.counts order by all") == [("late", 1), ("open", 19)]


def test_rows_of_other_keys_are_not_looked_at(house: House) -> None:
    house.on(FIRST + timedelta(days=29))
    house.con.execute("update shop.payments set state = 'late' where order_number = '019'")
    house.on(FIRST + timedelta(days=30))
    assert house.rows("select order_number from shop.payments where state = 'late' order by all") == [
        ("000",),
        ("019",),
    ]


def test_a_day_on_which_nothing_turns_builds_no_row_and_what_follows_stands(house: House) -> None:
    house.on(FIRST + timedelta(days=30))
    house.set_day(FIRST + timedelta(days=31))
    built = house.build()
    assert house.changed("shop.day") == set()
    assert built["shop.payments"].months_built == MONTHS
    assert built["shop.counts"].months_built == ()
    assert house.build()["shop.payments"].months_built == ()


@given(
    days=st.lists(st.integers(0, 140), min_size=1, max_size=5),
    spread=st.integers(0, 6),
    newcomer=st.integers(0, 6),
)
def test_after_any_walk_of_days_the_tables_are_those_of_a_whole_build(
    tmp_path_factory: pytest.TempPathFactory, days: list[int], spread: int, newcomer: int
) -> None:
    folder = tmp_path_factory.mktemp("walk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(query, "project_files", lambda name: folder / name)
        orders = {f"{n:03}": FIRST + timedelta(days=spread * n) for n in range(12)}
        walked = House(folder / "sql", orders)
        for step, day in enumerate(days):
            if step == newcomer:
                orders |= {"900": FIRST + timedelta(days=day)}
                walked.receive(orders)
            walked.on(FIRST + timedelta(days=day))
        whole = House(folder / "sql", orders)
        whole.on(FIRST + timedelta(days=days[-1]))
        assert walked.contents() == whole.contents()
        for table_id in ORDER:
            assert walked.rows(f"from {table_id} order by all") == whole.rows(f"from {table_id} order by all")
            assert changed_months(walked.con, CONTRACTS[table_id], read_builds(walked.con)) == []
        walked.con.close()
        whole.con.close()
        forget()


def test_a_day_before_is_built_as_a_whole(house: House) -> None:
    house.on(FIRST + timedelta(days=40))
    house.on(FIRST + timedelta(days=29))
    assert house.changed("shop.day") is None
    assert house.rows("from shop.letters") == []


def test_after_a_changed_input_all_is_built_whatever_is_known_of_the_day(house: House) -> None:
    house.on(FIRST + timedelta(days=29))
    house.set_day(FIRST + timedelta(days=30))
    house.receive(ORDERS | {"019": FIRST})
    house.build()
    assert house.changed("shop.payments") is None
    assert house.rows("select order_number from shop.payments where state = 'late' order by all") == [
        ("000",),
        ("019",),
    ]


def test_after_a_changed_select_all_is_built(house: House) -> None:
    house.on(FIRST + timedelta(days=29))
    house.write("shop.payments", SQL["shop.payments"].replace("+ 30", "+ 20"))
    house.on(FIRST + timedelta(days=30))
    assert house.rows("select count(*) from shop.payments where state = 'late'") == [(3,)]


def test_a_table_that_missed_a_day_is_built_as_a_whole_and_is_right(house: House) -> None:
    house.on(FIRST + timedelta(days=29))
    house.set_day(FIRST + timedelta(days=34))
    house.set_day(FIRST + timedelta(days=38))
    house.build()
    assert house.changed("shop.payments") is None
    assert house.rows("select count(*) from shop.payments where state = 'late'") == [(3,)]


def test_months_that_are_not_asked_for_keep_the_table_from_following(house: House) -> None:
    house.on(FIRST + timedelta(days=29))
    house.set_day(FIRST + timedelta(days=30))
    publish(house.con, Payments, CONTRACTS, ["2025-03"])
    assert house.changed("shop.payments") is None
    house.build()
    assert house.rows("from shop.counts order by all") == [("late", 1), ("open", 19)]


def test_many_changes_are_built_as_a_whole(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_key, "ALWAYS_FEW", 3)
    house.on(FIRST + timedelta(days=29))
    house.on(FIRST + timedelta(days=30 + 4 * 3))
    assert house.changed("shop.payments") == {"000", "001", "002", "003"}
    house.on(FIRST + timedelta(days=30 + 4 * 8))
    assert house.changed("shop.day") == {"004", "005", "006", "007", "008"}
    assert house.changed("shop.payments") is None
    assert house.rows("from shop.counts order by all") == [("late", 9), ("open", 11)]


def test_what_is_built_by_key_is_checked_and_refused_like_any_build(house: House) -> None:
    house.claim("shop.payments", "none_is_late", "-- None is late.\nselect * from shop.payments where state = 'late'")
    house.on(FIRST + timedelta(days=29))
    before = house.rows("from warehouse.builds order by all")
    house.set_day(FIRST + timedelta(days=30))
    stands = house.rows("from shop.payments order by all")
    with pytest.raises(BrokenPromise, match="none_is_late: None is late"):
        house.build()
    assert house.rows("from shop.payments order by all") == stands
    assert [row for row in house.rows("from warehouse.builds order by all") if row[0] != "shop.day"] == [
        row for row in before if row[0] != "shop.day"
    ]
    assert house.rows("select current_database()") == [("memory",)]
    assert house.rows("select count(*) from duckdb_tables() where temporary and table_name = 'build'") == [(0,)]
