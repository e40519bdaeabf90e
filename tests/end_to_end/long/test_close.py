"""Closing periods of the worked example, from exports to frozen files and on: the chain, refusals, later differences.

The guide's fourteen entries, deposited in 2025, accepted on 22 April 2026, reliquidated on 23 April and 6 June and paid
on 13 May and 26 June; the report that ties the cash to its refunds was run in July.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cape_pipeline.cli import app
from tests.support.oracle.interest import accrue
from tests.support.pipeline import empty_warehouse, run_on
from tests.tables.refunds.rates import seed_rates

CASE = Path(__file__).parents[2] / "golden" / "guide14"
EXPECTED = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
AS_OF = date(2026, 7, 20)
PERIODS = (date(2026, 3, 31), date(2026, 4, 30), date(2026, 6, 30))
PRINCIPAL = sum(Decimal(entry["ieepa_low"]) for entry in EXPECTED["entries"].values())


def interest_by(day: date) -> Decimal:
    """Interest of all entries by a day, walked day by day, to the reliquidation at most."""
    total = Decimal("0.00")
    for entry in EXPECTED["entries"].values():
        end = min(day, date.fromisoformat(entry["new_liquidation_date"]))
        deposited = date.fromisoformat(entry["deposit_date"])
        total += accrue(entry["ieepa_low"], deposited, end, entry["rate_class"], seed_rates())["interest_usd"]
    return total


def make(path: Path, closes: Path | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with empty_warehouse(str(path)) as con:
        run_on(con, CASE / "exports", AS_OF, closes=closes)


def close(warehouse: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["close", "--warehouse", str(warehouse), *arguments], env={"COLUMNS": "300"})


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """A warehouse beside which three periods are closed, and what each close told."""
    warehouse = tmp_path_factory.mktemp("books") / "cape.duckdb"
    make(warehouse)
    told = []
    for period in PERIODS:
        result = close(warehouse, "--period", period.isoformat(), "--json")
        assert result.exit_code == 0, result.output
        told.append(json.loads(result.stdout))
    return warehouse, told


@pytest.fixture
def copied(closed: tuple[Path, list[dict[str, Any]]], tmp_path: Path) -> Path:
    """The same warehouse and closes, to be spoilt."""
    shutil.copytree(closed[0].parent, tmp_path / "books")
    return tmp_path / "books" / "cape.duckdb"


@pytest.fixture(scope="module")
def july(closed: tuple[Path, list[dict[str, Any]]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The books as of 20 July 2026, with the three periods closed."""
    with empty_warehouse() as con:
        run_on(con, CASE / "exports", AS_OF, closes=closed[0].parent / "closes")
        yield con


def test_the_first_close_recognises_everything_and_each_later_one_opens_with_the_one_before(
    closed: tuple[Path, list[dict[str, Any]]],
) -> None:
    march, april, june = (told["rollforward"] for told in closed[1])
    at_march, at_april, at_june = (interest_by(period) for period in PERIODS)
    assert (march["opening_basis"], march["opening_usd"]) == ("first_recognition", "0.00")
    assert (Decimal(march["newly_recognised_usd"]), march["period_interest_usd"]) == (PRINCIPAL + at_march, "0.00")
    assert Decimal(march["closing_usd"]) == PRINCIPAL + at_march
    assert (april["opening_close_name"], april["opening_usd"]) == ("2026-03-31", march["closing_usd"])
    assert Decimal(april["period_interest_usd"]) == at_april - at_march
    assert (june["opening_close_name"], june["opening_usd"]) == ("2026-04-30", april["closing_usd"])
    assert Decimal(june["period_interest_usd"]) == at_june - at_april
    assert Decimal(june["closing_usd"]) == PRINCIPAL + at_june == Decimal("238459.63")
    moved = ("cash_principal_usd", "cash_interest_usd", "offset_movement_usd", "remeasured_usd", "written_off_usd")
    assert {told[name] for told in (march, april, june) for name in moved} == {"0.00"}


def test_the_stages_are_those_of_the_day(closed: tuple[Path, list[dict[str, Any]]]) -> None:
    stages = []
    for period in PERIODS:
        folder = closed[0].parent / "closes" / period.isoformat()
        rows = duckdb.sql(f"select stage, entry_count, principal_usd from '{folder / 'position.csv'}'").fetchall()
        stages.append({stage: count for stage, count, _ in rows if count})
        assert sum(Decimal(str(principal)) for *_, principal in rows) == PRINCIPAL
    # before CAPE opens; on the accepted claim, some in a refund already; all in refunds whose cash no report ties yet
    assert stages[0] == {"doubtful": 14}
    assert set(stages[1]) <= {"accepted", "certified"}
    assert stages[2] == {"certified": 14}


def test_the_manifest_names_inputs_readings_and_every_file_and_no_clock(
    closed: tuple[Path, list[dict[str, Any]]],
) -> None:
    told = closed[1][-1]
    assert (told["as_of_date"], told["known_by_date"]) == ("2026-06-30", "2026-06-30")
    names = {row["file_name"] for row in told["inputs"]}
    assert {"bank_deposits.csv", "claim_details.csv"} <= names
    assert all(len(row["sha256"]) == 64 for row in told["inputs"])
    assert set(told["files"]) == {"entries.csv", "position.csv", "rollforward.csv", "interest_by_period.csv"}
    assert told["settings"]["other_than_default"] == []
    assert len(told["registry_version"]) == 16


def test_the_cash_reduces_the_receivable_in_the_period_in_which_it_became_known(
    july: duckdb.DuckDBPyConnection,
) -> None:
    told = (
        "opening_close_name, opening_usd, newly_recognised_usd, period_interest_usd, cash_principal_usd,"
        " cash_interest_usd, remeasured_usd, written_off_usd, closing_usd, unapplied_cash_usd"
    )
    interest = interest_by(AS_OF)
    zero = Decimal("0.00")
    assert july.execute(f"select {told} from reports.receivable_rollforward_total").fetchall() == [
        ("2026-06-30", PRINCIPAL + interest, zero, zero, -PRINCIPAL, -interest, zero, zero, zero, zero)
    ]
    assert july.execute(
        "select stage, entry_count, principal_usd, received_principal_usd, received_interest_usd, open_principal_usd"
        " from reports.receivable_position"
    ).fetchall() == [("cash", 14, PRINCIPAL, PRINCIPAL, interest, zero)]


def test_the_months_of_interest_sum_to_the_interest_of_every_entry(july: duckdb.DuckDBPyConnection) -> None:
    rows = july.execute(
        "select entry_number, sum(interest_usd) from reports.interest_by_period group by entry_number order by 1"
    ).fetchall()
    assert rows == [(number, Decimal(entry["interest"])) for number, entry in sorted(EXPECTED["entries"].items())]


def test_the_cash_of_may_and_june_is_a_difference_of_the_closed_june_and_of_no_earlier_period(
    july: duckdb.DuckDBPyConnection,
) -> None:
    rows = july.execute(
        "select close_name, measure, difference_cause, count(*), sum(difference_usd)"
        " from reports.prior_period_differences group by all order by all"
    ).fetchall()
    assert rows == [("2026-06-30", "received", "changed", 14, Decimal("238459.63"))]


def test_the_same_close_again_changes_nothing(copied: Path) -> None:
    folder = copied.parent / "closes"
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = close(copied, "--period", "2026-04-30", "--json")
    assert (result.exit_code, json.loads(result.stdout)["is_new"]) == (0, False)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_close_prints_its_roll_forward_and_where_it_lies(copied: Path) -> None:
    result = close(copied, "--period", "2026-07-20", "--name", "july")
    assert result.exit_code == 0
    assert "Opening from   2026-06-30" in result.stdout
    assert "-230,849.80" in result.stdout
    assert f"{copied.parent / 'closes' / 'july'}   (written now" in result.stdout


def refused(warehouse: Path, *arguments: str) -> tuple[int, str]:
    before = set(warehouse.parent.rglob("*"))
    result = close(warehouse, *arguments)
    assert set(warehouse.parent.rglob("*")) == before
    return result.exit_code, " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--period", "2026-07-21"), "2026-07-21 is not over in"),
        (("--period", "2026-05-31"), "2026-06-30 is a later period and closed already"),
        (("--period", "2026-06-30", "--name", "june"), "2026-06-30 is closed already, as"),
        (("--period", "2026-07-20", "--name", "2026-06-30"), "give 2026-07-20 another name"),
        (("--period", "2026-07-20", "--name", "../july"), "--name ../july: letters, digits"),
        (("--period", "June"), "--period June: write the day as YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_closed_is_refused_with_a_sentence(
    closed: tuple[Path, list[dict[str, Any]]], arguments: tuple[str, ...], sentence: str
) -> None:
    code, said = refused(closed[0], *arguments)
    assert code == 2
    assert sentence in said


def test_without_a_warehouse_nothing_is_closed_and_none_is_made(tmp_path: Path) -> None:
    code, said = refused(tmp_path / "none.duckdb", "--period", "2026-06-30")
    assert code == 2
    assert "no such warehouse" in said


def test_a_period_that_would_be_closed_otherwise_now_is_refused(copied: Path) -> None:
    entries = copied.parent / "closes" / "2026-06-30" / "position.csv"
    manifest = entries.with_name("manifest.json")
    told = json.loads(manifest.read_bytes())
    changed = entries.read_bytes().replace(b"certified", b"accepted")
    entries.write_bytes(changed)
    told["files"]["position.csv"] = hashlib.sha256(changed).hexdigest()
    manifest.write_text(json.dumps(told), encoding="utf-8")
    code, said = refused(copied, "--period", "2026-06-30")
    assert code == 2
    assert "was closed otherwise (position.csv) and is never overwritten" in said


def test_a_frozen_file_that_was_changed_is_refused(copied: Path) -> None:
    path = copied.parent / "closes" / "2026-04-30" / "entries.csv"
    path.write_bytes(path.read_bytes() + b" ")
    code, said = refused(copied, "--period", "2026-07-20")
    assert code == 2
    assert "entries.csv is not the file that was frozen" in said


def test_a_stale_warehouse_is_not_closed(copied: Path) -> None:
    with duckdb.connect(str(copied)) as con:
        con.execute("update warehouse.builds set input_hash = 'other' where table_id = 'reports.receivable_entries'")
    code, said = refused(copied, "--period", "2026-07-20")
    assert code == 1
    assert "reports.receivable_entries all is older than what it reads" in said
