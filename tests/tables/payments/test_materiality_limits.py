"""payments.materiality_limits: the importer's own limits, else its client's, else everybody's, else the defaults."""

from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.promises import broken_promises

Connection = duckdb.DuckDBPyConnection
LOAD = f"{1:064}"


def importer(con: Connection, key: str, client: str | None = None) -> None:
    put(con, "entries.case_facts", entry_number=f"ABC{len(key):08}", importer_key=key)
    put(con, "ace.importers", load_id=LOAD, importer_number=key, importer_key=key, client_id=client)


def limit(con: Connection, principal: str, **columns: Any) -> None:
    put(con, "ace.materiality", load_id=LOAD, principal_usd=Decimal(principal), **columns)


def limits(con: Connection) -> dict[str, dict[str, Any]]:
    put(con, "ace.readable_loads", load_id=LOAD, load_number=1, report_code="MATERIALITY")
    assert broken_promises(con, "payments.materiality_limits") == []
    return {row["limit_key"]: row for row in rows_of(con, "payments.materiality_limits")}


def test_without_a_file_every_importer_has_the_defaults(con: Connection) -> None:
    importer(con, "12")
    rows = limits(con)
    assert set(rows) == {"", "12"}
    for row in rows.values():
        assert (row["principal_limit_usd"], row["interest_limit_usd"]) == (Decimal("0.00"), Decimal("0.05"))
        assert (row["interest_limit_days"], row["refund_limit_usd"], row["refund_limit_pct"]) == (1, Decimal(0), None)
        assert row["materiality_basis"] == "default"


def test_the_importer_goes_before_its_client_and_the_client_before_everybody(con: Connection) -> None:
    importer(con, "12", "Acme")
    importer(con, "345", "Acme")
    importer(con, "6789")
    limit(con, "1.00", importer_key="12")
    limit(con, "2.00", client_id="Acme")
    limit(con, "3.00")
    told = {key: (row["materiality_basis"], row["principal_limit_usd"]) for key, row in limits(con).items()}
    assert told == {
        "12": ("importer", Decimal("1.00")),
        "345": ("client", Decimal("2.00")),
        "6789": ("everybody", Decimal("3.00")),
        "": ("everybody", Decimal("3.00")),
    }


def test_a_blank_limit_is_the_default(con: Connection) -> None:
    importer(con, "12")
    limit(con, "1.00", importer_key="12", interest_days=3, refund_pct=Decimal("1.00"))
    row = limits(con)["12"]
    assert (row["interest_limit_usd"], row["interest_limit_days"]) == (Decimal("0.05"), 3)
    assert row["refund_limit_pct"] == Decimal("1.00")


@pytest.mark.parametrize("readable", [True, False])
def test_a_file_that_a_newer_one_replaced_limits_nothing(con: Connection, *, readable: bool) -> None:
    importer(con, "12")
    put(con, "ace.materiality", load_id=LOAD if readable else "9" * 64, principal_usd=Decimal(5), importer_key="12")
    assert limits(con)["12"]["principal_limit_usd"] == (5 if readable else 0)
