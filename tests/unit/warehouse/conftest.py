"""The invented shop as a project of its own: a folder of SQL files, and a warehouse that holds its tables.

Belongs here: what every test of the kernel begins with. Does not belong here: expectations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from cape_pipeline.warehouse import query
from cape_pipeline.warehouse.macros import create_macros
from cape_pipeline.warehouse.publish import Publication, publish, publish_frame, record_received
from cape_pipeline.warehouse.tables import ensure_tables
from tests.support.servers import postgresql as postgresql
from tests.support.servers import s3 as s3
from tests.unit.warehouse import shop

MONTHS = ("2025-03", "2025-04")
PRICES = {"tea": "4.00", "coffee": "10.00"}


@dataclass(frozen=True)
class Shop:
    """A warehouse of the shop and the folder its SQL files lie in."""

    con: duckdb.DuckDBPyConnection
    folder: Path

    def write(self, table_id: str, text: str) -> None:
        """Write the SELECT of a table."""
        layer, table = table_id.split(".")
        self._put(self.folder / layer / f"{table}.sql", text)

    def claim(self, table_id: str, name: str, text: str) -> None:
        """Write a claim about a table."""
        layer, table = table_id.split(".")
        self._put(self.folder / layer / "checks" / f"{table}__{name}.sql", text)

    def _put(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        forget()

    def receive(self, **days: str | None) -> None:
        """Replace the orders: one for each name (`o001`), of three teas, on the day given, and record them."""
        self.con.execute("delete from shop.orders")
        for name, day in days.items():
            self.con.execute(
                "insert into shop.orders values (?, ?, 'tea', 3, ?)",
                [name.removeprefix("o"), day and date.fromisoformat(day), datetime.fromisoformat("2026-01-01")],
            )
        record_received(self.con, shop.Orders)

    def price(self, contract: type[shop.Prices] = shop.Prices, **prices: str) -> Publication:
        """Publish the price (or discount) of each item."""
        rows = [(item, Decimal(price)) for item, price in prices.items()]
        return publish_frame(self.con, contract, pl.DataFrame(rows, schema=contract.empty_frame().schema, orient="row"))

    def build(self, table_id: str, *months: str) -> Publication:
        """Publish one table, for the months given or for all the shop knows."""
        return publish(self.con, shop.CONTRACTS[table_id], shop.CONTRACTS, months or MONTHS)

    def build_all(self) -> None:
        """Bring every table up to date."""
        for table_id in shop.QUERIES:
            self.build(table_id)
        publish_frame(self.con, shop.Forecasts, shop.Forecasts.empty_frame())

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        return self.con.execute(select).fetchall()

    def sales(self) -> list[tuple[Any, ...]]:
        """Number, month and amount of every sale."""
        return self.rows("select order_number, partition_month, amount_usd from shop.sales order by all")


def forget() -> None:
    """Read the SQL files again."""
    query.table_query.cache_clear()
    query.claims_of.cache_clear()


def open_shop(folder: Path, storage: duckdb.DuckDBPyConnection | None = None) -> Shop:
    """A shop whose prices and orders are in, and whose tables are empty; in memory, if no storage is given."""
    con = storage or duckdb.connect()
    con.execute("set threads = 1")
    create_macros(con)
    ensure_tables(con, shop.CONTRACTS.values())
    opened = Shop(con, folder)
    for table_id, text in shop.QUERIES.items():
        opened.write(table_id, text)
    opened.price(**PRICES)
    opened.price(shop.Discounts)
    opened.receive(o001="2025-03-05", o002="2025-03-31", o003="2025-04-01")
    return opened


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The shop with its prices and three orders, two in March and one in April; nothing is built."""
    monkeypatch.setattr(query, "project_files", lambda name: tmp_path / name)
    opened = open_shop(tmp_path / "sql")
    yield opened
    opened.con.close()
    forget()
