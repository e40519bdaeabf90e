"""A table built whole tells its content by month, and what another table tells of the rows is not told twice."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from cape_pipeline.warehouse.builds import WHOLE, definition, input_hash, read_builds, stale_tables
from cape_pipeline.warehouse.contract import Field, TableContract
from cape_pipeline.warehouse.publish import Publication, publish, record_received
from cape_pipeline.warehouse.tables import ensure_tables
from tests.unit.warehouse import shop
from tests.unit.warehouse.conftest import MONTHS, Shop

NUMBER = Field("order_number", "VARCHAR", "Number of the order")
MONTH = Field("partition_month", "VARCHAR", "Month of the order")
ORDERS_BY_JOURNAL = {"shop.orders": "shop.journal"}
LABELS_BY_JOURNAL = {"shop.labels": "shop.journal"}
QUANTITY = Field("quantity", "INTEGER", "How many")


class _OfTheShop(TableContract):
    @classmethod
    def layer(cls) -> str:
        return "shop"


class Journal(_OfTheShop):
    """One order in its month: built whole, told by month."""

    fields = (NUMBER, MONTH, QUANTITY)
    grain = ("order_number",)


class Parcels(_OfTheShop):
    """One order as packed: built by month from the journal."""

    partition = "entry_month"
    fields = (NUMBER, MONTH, QUANTITY)
    grain = ("order_number",)


class Labels(_OfTheShop):
    """One order with what stands on its label: read from the orders, but told by the journal."""

    partition = "entry_month"
    reads_through = ORDERS_BY_JOURNAL
    fields = (NUMBER, MONTH, QUANTITY)
    grain = ("order_number",)


class Invoices(_OfTheShop):
    """One order as paid: its month is that of the payment, not of the order."""

    partition = "refund_month"
    fields = (NUMBER, MONTH)
    grain = ("order_number",)


class Dispatches(_OfTheShop):
    """One paid order as sent: built by month from a table whose months mean something else."""

    partition = "entry_month"
    fields = (NUMBER, MONTH)
    grain = ("order_number",)


class Copies(_OfTheShop):
    """One order with what the labels say of it: read from a table that is made, but told by the journal."""

    partition = "entry_month"
    reads_through = LABELS_BY_JOURNAL
    fields = (NUMBER, MONTH, QUANTITY)
    grain = ("order_number",)


MORE = (Journal, Parcels, Labels, Invoices, Dispatches, Copies)
CONTRACTS = {**shop.CONTRACTS, **{contract.table_id(): contract for contract in MORE}}
JOURNAL = """
-- Every order in its month.
select order_number, partition_month_of(order_day) as partition_month, quantity
from shop.orders
"""
PARCELS = """
-- Every order as packed.
select order_number, partition_month, quantity
from shop.journal
where list_contains($months, partition_month)
"""
LABELS = """
-- Every order with its label.
select orders.order_number, journal.partition_month, orders.quantity
from shop.orders as orders
join shop.journal as journal
    on orders.order_number = journal.order_number
where list_contains($months, journal.partition_month)
"""
INVOICES = """
-- Every order as paid, all in April.
select order_number, '2025-04' as partition_month
from shop.journal
"""
DISPATCHES = """
-- Every paid order as sent.
select journal.order_number, journal.partition_month
from shop.journal as journal
join shop.invoices as invoices
    on journal.order_number = invoices.order_number
where list_contains($months, journal.partition_month)
"""
COPIES = """
-- Every order with what its label says.
select labels.order_number, labels.partition_month, labels.quantity
from shop.labels as labels
join shop.journal as journal
    on labels.order_number = journal.order_number
where list_contains($months, journal.partition_month)
"""


@dataclass(frozen=True)
class Post:
    """The shop with the tables of its post."""

    shop: Shop

    def build(self, contract: type[TableContract], *months: str) -> Publication:
        return publish(self.shop.con, contract, CONTRACTS, months or MONTHS)

    def build_all(self) -> dict[str, tuple[str, ...]]:
        """The months built of every table."""
        return {contract.table(): self.build(contract).months_built for contract in MORE}

    def reorder(self, number: str, quantity: int) -> None:
        """Change one order as received."""
        held = self.shop.con
        held.execute("update shop.orders set quantity = ? where order_number = ?", [quantity, number])
        self.record()

    def record(self) -> None:
        record_received(self.shop.con, shop.Orders)

    def stale(self) -> list[str]:
        named = {contract.table_id(): contract for contract in MORE}
        found = stale_tables(self.shop.con, CONTRACTS, MONTHS)
        return [line for line in found if line.split()[0] in named]

    def recorded(self, contract: type[TableContract]) -> dict[str, int | None]:
        builds = read_builds(self.shop.con)
        return {month: build.row_count for (table, month), build in builds.items() if table == contract.table_id()}


@pytest.fixture
def post(opened: Shop) -> Iterator[Post]:
    texts = (JOURNAL, PARCELS, LABELS, INVOICES, DISPATCHES, COPIES)
    for contract, text in zip(MORE, texts, strict=True):
        opened.write(contract.table_id(), text.lstrip())
    ensure_tables(opened.con, MORE)
    yield Post(opened)


def test_a_table_built_whole_is_recorded_as_a_whole_and_by_month(post: Post) -> None:
    post.build_all()
    assert post.recorded(Journal) == {WHOLE: 3, "2025-03": 2, "2025-04": 1}
    assert post.recorded(Parcels) == {"2025-03": 2, "2025-04": 1}


def test_the_content_of_the_whole_does_not_depend_on_how_its_rows_fall_into_months(post: Post) -> None:
    post.build_all()
    (hashed,) = post.shop.rows(
        "select cast(sum(hash(order_number, partition_month, quantity)) as varchar) from shop.journal"
    )
    assert read_builds(post.shop.con)["shop.journal", WHOLE].content_hash == hashed[0]


def test_a_month_that_lost_all_its_rows_stays_recorded_without_any(post: Post) -> None:
    post.build_all()
    post.shop.receive(o001="2025-03-05", o002="2025-03-31")
    post.build(Journal)
    assert post.recorded(Journal) == {WHOLE: 2, "2025-03": 2, "2025-04": 0}
    assert post.build(Parcels).months_built == ("2025-04",)
    assert post.recorded(Parcels) == {"2025-03": 2, "2025-04": 0}


def test_a_table_built_whole_is_skipped_as_a_whole(post: Post) -> None:
    post.build_all()
    assert set(post.build_all().values()) == {()}


def test_one_changed_row_makes_only_its_month_due_downstream(post: Post) -> None:
    post.build_all()
    post.reorder("003", 7)
    assert post.build_all() == {
        "journal": (WHOLE,),
        "parcels": ("2025-04",),
        "labels": ("2025-04",),
        "invoices": (WHOLE,),  # reads the whole journal
        "dispatches": ("2025-04",),  # of the invoices nothing has changed
        "copies": ("2025-04",),
    }
    assert post.shop.rows("select quantity from shop.labels order by order_number") == [(3,), (3,), (7,)]
    assert post.stale() == []


def test_a_table_whose_months_mean_something_else_is_read_as_a_whole(post: Post) -> None:
    post.build_all()
    post.shop.receive(o001="2025-03-05", o002="2025-03-31", o003="2025-04-01", o004="2025-04-02")
    assert post.build_all()["dispatches"] == tuple(MONTHS)


def test_what_another_table_tells_does_not_make_a_table_due(post: Post) -> None:
    post.build_all()
    post.shop.con.execute("update shop.orders set item = 'coffee'")  # which the journal does not hold, nor the label
    post.record()
    post.build(Journal)
    assert post.stale() == []


def test_what_stands_is_judged_by_its_teller_as_that_stands(post: Post) -> None:
    post.build_all()
    post.reorder("003", 7)
    assert post.stale() == ["shop.journal all is older than what it reads"]
    assert post.build(Labels).months_built == ()  # the journal still says three
    post.build(Journal)
    assert post.build(Labels).months_built == ("2025-04",)


def test_what_is_built_before_its_teller_is_due_again_even_if_the_teller_then_says_the_same(post: Post) -> None:
    post.build_all()
    post.reorder("003", 7)
    post.shop.con.execute("delete from warehouse.builds where table_id = 'shop.labels'")
    post.build(Labels)
    assert post.shop.rows("select quantity from shop.labels where order_number = '003'") == [(7,)]
    post.reorder("003", 3)
    post.build(Journal)
    assert post.build(Labels).months_built == tuple(MONTHS)
    assert post.shop.rows("select quantity from shop.labels where order_number = '003'") == [(3,)]
    assert post.stale() == []


def test_what_is_built_from_a_told_table_that_is_behind_is_due_again_once_that_is_made(post: Post) -> None:
    post.build_all()
    post.reorder("003", 7)
    post.build(Journal)
    post.build(Copies)  # the labels still say three
    assert post.shop.rows("select quantity from shop.copies where order_number = '003'") == [(3,)]
    post.build(Labels)
    assert [line for line in post.stale() if "copies" in line] == ["shop.copies 2025-04 is older than what it reads"]
    post.build_all()
    assert post.shop.rows("select quantity from shop.copies where order_number = '003'") == [(7,)]
    assert post.stale() == []


def test_how_a_told_table_is_made_is_part_of_what_decides(post: Post) -> None:
    post.build_all()
    post.shop.write("shop.labels", LABELS.lstrip().replace("orders.quantity", "orders.quantity + 0 as quantity"))
    post.build(Labels)
    assert post.build(Copies).months_built == tuple(MONTHS)


def test_the_code_of_a_table_made_in_python_is_part_of_what_decides() -> None:
    class Guesses(_OfTheShop):
        """One order and a guess."""

        source = "python"
        fields = (NUMBER,)
        grain = ("order_number",)

    class Computed(Guesses):
        """One order and a guess."""

        made_by = ("cape_pipeline.warehouse", "cape_pipeline.partitions")

    class Unknown(Guesses):
        """One order and a guess."""

        made_by = ("cape_pipeline.nowhere",)

    assert definition(Guesses) != definition(Computed)
    assert input_hash(Guesses, WHOLE, {}, {}) != input_hash(Computed, WHOLE, {}, {})
    with pytest.raises(ValueError, match=r"cape_pipeline\.nowhere is no package or module"):
        definition(Unknown)
