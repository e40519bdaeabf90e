"""An invented shop: contracts of every kind, small enough to see through, and the SQL that builds them.

Belongs here: tables the kernel is tried on. Does not belong here: anything of the product's own schemas.
"""

from cape_pipeline.warehouse.contract import Field, TableContract


class Prices(TableContract):
    """One item and its price: a dated rule as far as the kernel is concerned."""

    source = "python"
    fields = (
        Field("item", "VARCHAR", "What is sold"),
        Field("price_usd", "DECIMAL(18,2)", "Price of one", at_least=0),
    )
    grain = ("item",)

    @classmethod
    def layer(cls) -> str:
        return "registry"


class Discounts(Prices):
    """One item and its discount: a rule that only the totals read."""


class Orders(TableContract):
    """One order as received."""

    source = "received"
    fields = (
        Field("order_number", "VARCHAR", "Number of the order", matches="^[0-9]{3}$"),
        Field("order_day", "DATE", "Day of the order", nullable=True),
        Field("item", "VARCHAR", "What is sold"),
        Field("quantity", "INTEGER", "How many", at_least=1),
        Field("received_at", "TIMESTAMP", "When it came in", volatile=True),
    )
    grain = ("order_number",)


class Sales(TableContract):
    """One order at its price."""

    partition = "entry_month"
    fields = (
        Field("order_number", "VARCHAR", "Number of the order", matches="^[0-9]{3}$"),
        Field("partition_month", "VARCHAR", "Month of the order"),
        Field("item", "VARCHAR", "What is sold"),
        Field("amount_usd", "DECIMAL(18,2)", "Price of the whole order", at_least=0),
        Field("registry_version", "VARCHAR", "Hash of the prices"),
    )
    grain = ("order_number",)


class Shipments(TableContract):
    """One order as shipped: a monthly table over a monthly table."""

    partition = "entry_month"
    fields = (
        Field("order_number", "VARCHAR", "Number of the order"),
        Field("partition_month", "VARCHAR", "Month of the order"),
    )
    grain = ("order_number",)


class Totals(TableContract):
    """One item and all that was sold of it."""

    fields = (
        Field("item", "VARCHAR", "What is sold"),
        Field("amount_usd", "DECIMAL(18,2)", "All orders of it, less the discount"),
        Field("registry_version", "VARCHAR", "Hash of the prices and discounts"),
    )
    grain = ("item",)


class DearItems(TableContract):
    """One item that sold for a hundred or more."""

    source = "view"
    fields = (
        Field("item", "VARCHAR", "What is sold", one_of=("tea", "coffee")),
        Field("amount_usd", "DECIMAL(18,2)", "All orders of it", at_least=100),
    )
    grain = ("item",)


class Forecasts(TableContract):
    """One item and what will be sold of it, worked out in Python from the totals."""

    source = "python"
    reads = ("shop.totals",)
    fields = (
        Field("item", "VARCHAR", "What is sold"),
        Field("amount_usd", "DECIMAL(18,2)", "What will be sold"),
    )
    grain = ("item",)


CONTRACTS: dict[str, type[TableContract]] = {
    contract.table_id(): contract
    for contract in (Prices, Discounts, Orders, Sales, Shipments, Totals, DearItems, Forecasts)
}

SALES = """
-- Every order at its price.
-- Grain: order_number.
select
    orders.order_number,
    partition_month_of(orders.order_day) as partition_month,
    orders.item,
    cast(prices.price_usd * orders.quantity as decimal(18, 2)) as amount_usd,
    $registry_version as registry_version
from shop.orders as orders
join registry.prices as prices
    on orders.item = prices.item
where list_contains($months, partition_month_of(orders.order_day))
""".lstrip()
SHIPMENTS = """
-- Every order as shipped.
-- Grain: order_number.
select sales.order_number, sales.partition_month
from shop.sales as sales
where list_contains($months, sales.partition_month)
""".lstrip()
TOTALS = """
-- What was sold of every item.
-- Grain: item.
select
    sales.item,
    cast(sum(sales.amount_usd) - coalesce(max(discounts.price_usd), 0) as decimal(18, 2)) as amount_usd,
    $registry_version as registry_version
from shop.sales as sales
left join registry.discounts as discounts
    on sales.item = discounts.item
group by sales.item
""".lstrip()
DEAR_ITEMS = """
-- What sold for a hundred or more.
-- Grain: item.
select totals.item, totals.amount_usd
from shop.totals as totals
where totals.amount_usd >= 100
""".lstrip()
QUERIES = {
    "shop.sales": SALES,
    "shop.shipments": SHIPMENTS,
    "shop.totals": TOTALS,
    "shop.dear_items": DEAR_ITEMS,
}
