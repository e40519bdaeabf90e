"""The alerts of the batch-timing guide's 14 entries: none once all is paid, each on its day where CBP is silent."""

import shutil
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.assets.registry import publish_as_of
from tests.support.pipeline import build, empty_warehouse, run_on

EXPORTS = Path(__file__).parent / "guide14" / "exports"
BEFORE_CBP_SPOKE = (
    "ES-003_entry_summary_line_tariff_details.csv",
    "claim_details.csv",
    "declarations.csv",
    "entry_facts.csv",
    "importers.csv",
)
FIRST = "MYK01010039"
ACKNOWLEDGED = (
    "alert_key,acknowledged_by,acknowledged_on,acknowledged_note,until_date\r\n"
    f"ES022-BLANK {FIRST},A. Broker,2026-06-22,wrote to CBP,2026-07-21\r\n"
)


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The warehouse as of 22 June 2026, day 61 after acceptance, without any report on refunds."""
    folder = tmp_path_factory.mktemp("exports")
    for name in BEFORE_CBP_SPOKE:
        shutil.copy(EXPORTS / name, folder / name)
    (folder / "alerts_ack.csv").write_text(ACKNOWLEDGED, encoding="utf-8", newline="")
    con = empty_warehouse()
    run_on(con, folder, date(2026, 6, 22))
    return con


def alerts(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    cursor = con.execute("select * from payments.alerts order by severity_order, alert_key")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_where_every_refund_is_at_the_bank_there_is_no_alert() -> None:
    con = empty_warehouse()
    run_on(con, EXPORTS, date(2026, 7, 20))
    assert alerts(con) == []


def test_from_day_61_to_the_day_after_the_window_every_alert_stands_on_its_day(
    silent: duckdb.DuckDBPyConnection,
) -> None:
    told = alerts(silent)
    assert Counter(row["alert_code"] for row in told) == {
        "RELIQUIDATION-OVERDUE": 3,
        "ES022-BLANK": 14,
        "REPORT-NEVER-LOADED": 4,
    }
    (blank,) = [row for row in told if row["alert_key"] == f"ES022-BLANK {FIRST}"]
    assert (blank["since_date"], blank["first_seen"], blank["days_late"]) == (date(2026, 6, 21), date(2026, 6, 22), 1)
    assert (blank["claim_number"], blank["amount_usd"]) == ("100000240001", Decimal("25086.06"))
    assert (blank["acknowledged_by"], blank["acknowledged_note"]) == ("A. Broker", "wrote to CBP")
    assert [row["alert_key"] for row in told if row["is_acknowledged"]] == [f"ES022-BLANK {FIRST}"]
    overdue = {(row["since_date"], row["due_date"]) for row in told if row["alert_code"] == "RELIQUIDATION-OVERDUE"}
    assert overdue == {(date(2026, 6, 8), date(2026, 9, 11))}

    publish_as_of(silent, date(2026, 7, 22))
    build(silent)
    told = alerts(silent)
    assert Counter(row["alert_code"] for row in told) == {
        "RELIQUIDATION-OVERDUE": 8,
        "ES022-BLANK": 14,
        "REPORT-NEVER-LOADED": 4,
        "WINDOW-PASSED": 2,
    }
    assert [row["alert_key"] for row in told if row["is_acknowledged"]] == []
    windows = [(row["since_date"], row["amount_usd"]) for row in told if row["alert_code"] == "WINDOW-PASSED"]
    assert windows == [(date(2026, 7, 21), Decimal("120120.96")), (date(2026, 7, 21), Decimal("120712.38"))]
