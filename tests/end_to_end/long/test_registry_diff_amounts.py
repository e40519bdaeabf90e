"""What a change of seeds does to amounts, on three entries whose answers are known by hand.

A Brazilian entry of 20 February 2026 (100,000 at 10 % and at 40 %), a Chinese one of 10 June 2025 (1,000 at 20 % and at
10 %) and a Vietnamese one of 1 July 2025 (1,000 at 10 %), as of 16 May 2026. The Brazilian deposit is of that day, so
that interest runs 45 days, all in the second quarter of 2026.
"""

import csv
import hashlib
import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cape_pipeline.ace.entry_number import check_digit
from cape_pipeline.cli import app
from cape_pipeline.registry_diff.amounts import UnfitRegistry
from cape_pipeline.registry_diff.comparison import compare
from cape_pipeline.registry_diff.sides import read_side
from cape_pipeline.settings import Settings
from cape_pipeline.summary import SnapshotUnusable
from cape_pipeline.warehouse.publish import BrokenPromise
from tests.support.pipeline import empty_warehouse, run_on
from tests.support.seeds import copy_seeds, correct

AS_OF = date(2026, 5, 16)
DAY = "2099-12-01"
BRAZIL, CHINA, VIETNAM = (f"ABC{serial:07}{check_digit(f'ABC{serial:07}')}" for serial in (1, 2, 3))
IMPORTER, OTHER_IMPORTER = "11-1111111", "22-2222222"
BRAZILIAN_HEADING = {"heading": "9903.01.77"}
BASELINE = {"heading": "9903.01.25", "effective_from": "2025-05-14"}
QUARTER = {"quarter_start": "2026-04-01"}
# entry, importer, entry date, origin, ordinal, tariff number, value, duty
ROWS = (
    (BRAZIL, IMPORTER, "2026-02-20", "BR", 1, "99030209", "0.00", "10000.00"),
    (BRAZIL, IMPORTER, "2026-02-20", "BR", 2, "99030177", "0.00", "40000.00"),
    (BRAZIL, IMPORTER, "2026-02-20", "BR", 3, "9403608081", "100000.00", "0.00"),
    (CHINA, OTHER_IMPORTER, "2025-06-10", "CN", 1, "99030124", "0.00", "200.00"),
    (CHINA, OTHER_IMPORTER, "2025-06-10", "CN", 2, "99030125", "0.00", "100.00"),
    (CHINA, OTHER_IMPORTER, "2025-06-10", "CN", 3, "9403608081", "1000.00", "0.00"),
    (VIETNAM, OTHER_IMPORTER, "2025-07-01", "VN", 1, "99030125", "0.00", "100.00"),
    (VIETNAM, OTHER_IMPORTER, "2025-07-01", "VN", 2, "9403608081", "1000.00", "0.00"),
)
HEADER = [
    "Entry Summary Number",
    "Entry Type Code",
    "Importer Number",
    "Entry Date",
    "Entry Summary Date",
    "Entry Summary Line Number",
    "Country of Origin Code",
    "Tariff Ordinal Number",
    "HTS Number - Full",
    "Line Tariff Goods Value Amount",
    "Line Tariff Duty Amount",
    "Liquidation Status",
    "Liquidation Date",
    "Reconciliation Indicator",
    "Protest Status",
]


def write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([header, *rows])


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation whose snapshot holds the three entries."""
    folder = tmp_path_factory.mktemp("small")
    exports = folder / "exports"
    exports.mkdir()
    write(
        exports / "ES-003.csv",
        HEADER,
        [
            [entry, "01", importer, day, day, 1, origin, ordinal, number, value, duty, "Unliquidated", "", "", ""]
            for entry, importer, day, origin, ordinal, number, value, duty in ROWS
        ],
    )
    write(
        exports / "entry_facts.csv",
        ["entry_number", "deposit_date", "drawback", "surety_paid", "recon_09_filed"],
        [[BRAZIL, "2026-05-16", "N", "N", ""]],
    )
    write(exports / "importers.csv", ["importer_number", "name", "rate_class"], [[IMPORTER, "", "corporate"]])
    settings = Settings(warehouse=folder / "w" / "cape.duckdb", threads=1)
    settings.warehouse.parent.mkdir()
    con = empty_warehouse(str(settings.snapshot))
    run_on(con, exports, AS_OF)
    con.close()
    return settings


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return copy_seeds(tmp_path / "seeds")


def told(seeds: Path, settings: Settings) -> dict[str, Any]:
    """The comparison of the project's own seeds with changed ones."""
    return compare(read_side("shipped"), read_side(str(seeds)), settings, is_complete=True)


def amounts(seeds: Path, settings: Settings) -> dict[str, Any]:
    found = told(seeds, settings)["amounts"]
    assert found["rebuilt"]["a"] == []
    return dict(found)


def contents(folder: Path) -> dict[str, str]:
    """The hash of every file of a folder."""
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def shortened(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What becomes of the amounts where the Brazilian heading ends the day before the Brazilian entry."""
    before = contents(settings.warehouse.parent)
    seeds = copy_seeds(tmp_path_factory.mktemp("shortened") / "seeds")
    correct(seeds, "ieepa_headings", BRAZILIAN_HEADING, DAY, effective_to="2026-02-19")
    return {**amounts(seeds, settings), "warehouse before": before}


def both(row: dict[str, Any], name: str) -> tuple[str, str]:
    return str(row[f"{name}_a"]), str(row[f"{name}_b"])


def interest(principal: str, annual_rate: str, days: int) -> Decimal:
    """Daily compounding within one quarter of a year of 365 days, rounded once."""
    grown = Decimal(principal) * (1 + Decimal(annual_rate) / 365) ** days
    return (grown - Decimal(principal)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_equal_seeds_leave_every_amount_and_build_nothing(seeds: Path, settings: Settings) -> None:
    found = amounts(seeds, settings)
    assert found["rebuilt"] == {"a": [], "b": []}
    assert (found["entries"], found["tariff_rows"], found["totals"]["entry_count_b"]) == ([], [], 3)
    assert both(found["totals"], "principal_usd") == ("50400.00", "50400.00")


def test_a_window_that_now_ends_on_the_day_of_an_entry_changes_nothing_of_it(seeds: Path, settings: Settings) -> None:
    correct(seeds, "ieepa_headings", BRAZILIAN_HEADING, DAY, effective_to="2026-02-20")
    found = amounts(seeds, settings)
    assert "lines.heading_decisions" in found["rebuilt"]["b"]
    assert (found["entries"], found["by_heading"]) == ([], [])


def test_a_window_that_now_ends_the_day_before_takes_the_duty_out_of_the_certain_amount(
    shortened: dict[str, Any],
) -> None:
    found = shortened
    (entry,) = found["entries"]
    assert (entry["entry_number"], entry["importer_number"]) == (BRAZIL, IMPORTER)
    assert both(entry, "principal_usd") == ("50000.00", "10000.00")
    assert both(entry, "principal_high_usd") == ("50000.00", "50000.00")
    assert found["largest"] == [entry]
    assert both(found["totals"], "principal_usd") == ("50400.00", "10400.00")
    assert [both(row, "principal_usd") for row in found["by_importer"]] == [
        ("50000.00", "10000.00"),
        ("400.00", "400.00"),
    ]
    assert {row["programme"]: both(row, "ieepa_low_usd") for row in found["by_programme"]} == {
        "brazil": ("40000.00", "0.00"),
        "fentanyl_CN": ("200.00", "200.00"),
        "reciprocal": ("10200.00", "10200.00"),
    }
    (heading,) = found["by_heading"]
    assert (heading["heading"], heading["tariff_row_count"], str(heading["duty_usd"])) == ("9903.01.77", 1, "40000.00")
    assert (heading["anomaly_codes_a"], heading["anomaly_codes_b"]) == ([], ["OUTSIDE-WINDOW"])


def test_the_interest_falls_with_the_principal(shortened: dict[str, Any]) -> None:
    (entry,) = shortened["entries"]
    assert entry["interest_usd_a"] == interest("50000.00", "0.05", 45)
    assert entry["interest_usd_b"] == interest("10000.00", "0.05", 45)


def test_a_corrected_rate_changes_the_test_of_the_rows_and_no_refund(seeds: Path, settings: Settings) -> None:
    correct(seeds, "ieepa_headings", BASELINE, DAY, rate="0.110000", rate_text="0.11")
    found = amounts(seeds, settings)
    assert found["entries"] == []
    assert both(found["totals"], "principal_usd") == ("50400.00", "50400.00")
    (heading,) = found["by_heading"]
    assert (heading["heading"], heading["tariff_row_count"]) == ("9903.01.25", 2)
    assert both(heading, "registry_rate") == ("0.100000", "0.110000")
    assert (heading["anomaly_codes_a"], heading["anomaly_codes_b"]) == ([], ["RATE-DEVIATES"])
    assert {row["entry_number"] for row in found["tariff_rows"]} == {CHINA, VIETNAM}


def test_a_corrected_interest_rate_changes_the_interest_alone(seeds: Path, settings: Settings) -> None:
    correct(seeds, "interest_rates", QUARTER, DAY, overpayment_corporate_rate="0.060000")
    found = amounts(seeds, settings)
    assert [entry["differs"] for entry in found["entries"]] == [["interest_usd"]] * 3
    (entry,) = (entry for entry in found["entries"] if entry["entry_number"] == BRAZIL)
    assert entry["interest_usd_a"] == interest("50000.00", "0.05", 45) == Decimal("309.15")
    assert entry["interest_usd_b"] == interest("50000.00", "0.06", 45)
    assert found["largest"][0] == entry
    assert found["tariff_rows"] == []
    assert not any(table.startswith("lines.") for table in found["rebuilt"]["b"])


def test_programmes_add_up_to_the_split_of_all_lines(settings: Settings, shortened: dict[str, Any]) -> None:
    with duckdb.connect(str(settings.snapshot), read_only=True) as con:
        split = con.execute("select sum(ieepa_low_usd), sum(ieepa_high_usd) from lines.duty_splits").fetchone()
    assert split == tuple(
        sum(row[f"{name}_a"] for row in shortened["by_programme"]) for name in ("ieepa_low_usd", "ieepa_high_usd")
    )


def test_a_side_that_is_not_the_warehouse_s_is_rebuilt_first(seeds: Path, settings: Settings) -> None:
    correct(seeds, "ieepa_headings", BRAZILIAN_HEADING, DAY, effective_to="2026-02-19")
    found = compare(read_side(str(seeds)), read_side(f"{seeds}@2099-11-30"), settings)["amounts"]
    assert "lines.heading_decisions" in found["rebuilt"]["a"]
    assert both(found["totals"], "principal_usd") == ("10400.00", "50400.00")
    assert "entries" not in found


def test_the_warehouse_is_only_read(settings: Settings, shortened: dict[str, Any]) -> None:
    assert shortened["entries"]
    assert contents(settings.warehouse.parent) == shortened["warehouse before"]


def test_no_amount_is_compared_under_a_table_that_did_not_exist_on_the_day(seeds: Path, settings: Settings) -> None:
    path = seeds / "federal_holidays.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",2026-11-20,", f",{DAY},"), encoding="utf-8")
    found = compare(read_side(f"{seeds}@2099-11-30"), read_side(str(seeds)), settings)
    assert found["amounts"] is None
    assert found["amounts_not_compared"] == (
        f"{seeds}@2099-11-30: nothing of federal_holidays.csv was recorded by 2099-11-30, so it decides no amount"
    )
    (difference,) = found["tables"]
    assert (difference["is_new"], len(difference["added"])) == (True, 77)
    result = cape("registry", "diff", f"{seeds}@2099-11-30", seeds, "--warehouse", settings.warehouse)
    assert "registry.federal_holidays: new, 77 rows" in result.stdout


def test_a_side_that_breaks_a_table_is_told(seeds: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise BrokenPromise("lines.duty_splits", [])

    monkeypatch.setattr("cape_pipeline.registry_diff.amounts.rebuild", broken)
    correct(seeds, "ieepa_headings", BRAZILIAN_HEADING, DAY, effective_to="2026-02-19")
    with pytest.raises(UnfitRegistry) as refused:
        told(seeds, settings)
    assert str(refused.value).startswith("shipped: the tables cannot be built under it. lines.duty_splits was not")
    result = cape("registry", "diff", "shipped", seeds, "--warehouse", settings.warehouse)
    assert (result.exit_code, "lines.duty_splits was not written" in result.stderr) == (1, True)


# --- the command -----------------------------------------------------------------------------------------------------


def cape(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def test_the_command_prints_what_changed_in_the_law_and_in_the_amounts(seeds: Path, settings: Settings) -> None:
    correct(seeds, "ieepa_headings", BRAZILIAN_HEADING, DAY, effective_to="2026-02-19")
    result = cape("registry", "diff", "shipped", seeds, "--warehouse", settings.warehouse)
    assert result.exit_code == 0, result.output
    for part in (
        "registry.ieepa_headings: 1 changed",
        "9903.01.77 from 2025-08-06",
        "2026-02-19",
        "1 of 3 entries differ",
        "-40,000.00",
        "OUTSIDE-WINDOW",
        BRAZIL,
    ):
        assert part in result.stdout


def test_json_has_the_seeds_the_sums_and_every_entry_with_exact_amounts(seeds: Path, settings: Settings) -> None:
    correct(seeds, "ieepa_headings", BRAZILIAN_HEADING, DAY, effective_to="2026-02-19")
    result = cape("registry", "diff", "shipped", seeds, "--warehouse", settings.snapshot, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [table["table"] for table in found["tables"]] == ["ieepa_headings"]
    assert found["amounts"]["entries"][0]["principal_usd_b"] == "10000.00"
    assert found["breaches"] == []


def test_equal_sides_end_with_0_and_say_so(seeds: Path, settings: Settings) -> None:
    result = cape("registry", "diff", "shipped", seeds, "--warehouse", settings.warehouse)
    assert result.exit_code == 0
    assert "Both hold the same to be right." in result.stdout
    assert "0 of 3 entries differ" in result.stdout


def test_without_a_warehouse_the_seeds_alone_are_compared(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    correct(seeds, "ieepa_headings", BRAZILIAN_HEADING, DAY, effective_to="2026-02-19")
    result = cape("registry", "diff", "shipped", seeds)
    assert result.exit_code == 0, result.output
    assert "Amounts: no warehouse to compare amounts on; name one with --warehouse." in result.stdout


def test_a_warehouse_that_is_named_must_be_there(seeds: Path, tmp_path: Path) -> None:
    result = cape("registry", "diff", "shipped", seeds, "--warehouse", tmp_path / "none.duckdb")
    assert result.exit_code == 2
    assert "no snapshot there" in result.stderr
    with pytest.raises(SnapshotUnusable):
        told(seeds, Settings(warehouse=tmp_path / "none.duckdb"))


@pytest.mark.parametrize("side", ["none", "shipped@yesterday", "shipped@2026-11-19"])
def test_an_unusable_side_ends_with_2_and_its_sentence(seeds: Path, side: str) -> None:
    result = cape("registry", "diff", side, seeds)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"cape: {side}: ")


def test_pages_are_written_and_checked_by_a_command(seeds: Path) -> None:
    stale = cape("registry", "pages", seeds, "--check")
    assert (stale.exit_code, "programmes/brazil.md: missing" in stale.stderr) == (1, True)
    assert cape("registry", "pages", seeds).exit_code == 0
    assert cape("registry", "pages", seeds, "--check").exit_code == 0
    (seeds / "sources.csv").unlink()
    broken = cape("registry", "pages", seeds)
    assert (broken.exit_code, broken.stderr.startswith("cape: sources.csv: the file is missing")) == (2, True)
