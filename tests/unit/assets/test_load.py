"""Loading a folder: what is new, each file kept as it came, and the run dates of loads.csv."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.ace import Inspection, TooManyRejected, inspect_file
from cape_pipeline.ace.archive import NotKept, place_of, restore
from cape_pipeline.assets import load as module
from cape_pipeline.assets.load import UnusableExports, load_folder, read_folder, record_all
from tests.support.pipeline import empty_warehouse

EXPORTS = Path(__file__).parents[2] / "golden" / "guide14" / "exports"


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as con:
        yield con


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """A folder with two files of the worked example: one that states its run date and one that does not."""
    folder = tmp_path / "exports"
    folder.mkdir()
    for name in ("claim_details.csv", "REV-603_trade_refund.xlsx"):
        shutil.copy(EXPORTS / name, folder / name)
    return folder


@pytest.fixture
def inspected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are inspected, each time they are."""
    names = []

    def inspect(path: Path) -> Inspection:
        names.append(path.name)
        return inspect_file(path)

    monkeypatch.setattr(module, "inspect_file", inspect)
    return names


def loads(con: duckdb.DuckDBPyConnection, columns: str) -> list[Any]:
    rows = con.execute(f"select {columns} from ace.loads order by load_number").fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]


def write_loads(folder: Path, *lines: str, name: str = "loads.csv") -> None:
    (folder / name).write_text("\n".join(["file_name,report_run_date", *lines, ""]), encoding="utf-8")


def test_every_file_that_is_loaded_is_kept_as_it_came(
    con: duckdb.DuckDBPyConnection, exports: Path, tmp_path: Path
) -> None:
    outcome = load_folder(con, exports, archive=tmp_path / "archive")
    assert loads(con, "is_raw_kept") == [True, True]
    for load_id, name in loads(con, "load_id, file_name"):
        restore(tmp_path / "archive", load_id, tmp_path / name)
        assert (tmp_path / name).read_bytes() == (exports / name).read_bytes()
    assert not any("archive" in notice for notice in outcome.notices)
    record_all(con)


def test_without_an_archive_nothing_is_kept_and_the_notice_says_how_many(
    con: duckdb.DuckDBPyConnection, exports: Path
) -> None:
    outcome = load_folder(con, exports)
    assert loads(con, "is_raw_kept") == [False, False]
    assert outcome.notices[-1].startswith("2 new files are not kept in the archive")
    shutil.copy(EXPORTS / "importers.csv", exports)
    assert load_folder(con, exports).notices[-1].startswith("1 new file is not kept in the archive")
    assert not any("archive" in notice for notice in load_folder(con, exports).notices)
    record_all(con)


def test_a_file_that_cannot_be_kept_is_not_loaded_and_those_before_it_stand(
    con: duckdb.DuckDBPyConnection, exports: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    _, claims = sorted(read_folder(exports).recognised, key=lambda seen: seen.file_name)
    place_of(archive, claims.load_id).mkdir(parents=True)
    with pytest.raises(NotKept, match=r"claim_details\.csv cannot be kept"):
        load_folder(con, exports, archive=archive)
    assert loads(con, "file_name, is_raw_kept") == [("REV-603_trade_refund.xlsx", True)]
    assert con.execute("select count(*) from ace.cape_claim_details").fetchall() == [(0,)]
    place_of(archive, claims.load_id).rmdir()
    load_folder(con, exports, archive=archive)
    assert loads(con, "is_raw_kept") == [True, True]


@pytest.mark.parametrize(("share", "is_loaded"), [(0.75, True), (0.74, False)])
def test_the_share_of_unusable_rows_that_stops_a_load_is_passed_on(
    con: duckdb.DuckDBPyConnection, exports: Path, tmp_path: Path, share: float, *, is_loaded: bool
) -> None:
    rows = [f"{'no number' if at < 30 else 'MYK01010039'},{at},Failed" for at in range(40)]
    (exports / "zz_claims.csv").write_text("\n".join(["ENTRY_NUMBER,CLAIM_NUMBER,STATUS", *rows, ""]))
    if is_loaded:
        load_folder(con, exports, archive=tmp_path / "archive", reject_share=share)
        assert loads(con, "rows_quarantined")[-1] == 30
    else:
        with pytest.raises(TooManyRejected):
            load_folder(con, exports, archive=tmp_path / "archive", reject_share=share)
        assert len(loads(con, "load_id")) == 2
        assert len(list((tmp_path / "archive").rglob("*.zst"))) == 2


def test_loads_csv_dates_the_files_that_state_no_date_and_a_newer_one_withdraws_it(
    con: duckdb.DuckDBPyConnection, exports: Path
) -> None:
    write_loads(exports, "claim_details.csv,2026-06-30", "REV-603_trade_refund.xlsx,2026-07-19", "gone.csv,2026-01-01")
    notices = load_folder(con, exports).notices
    dates = "file_name, cast(report_run_date as varchar), report_run_date_basis"
    assert loads(con, dates) == [
        ("REV-603_trade_refund.xlsx", "2026-07-20", "metadata_row"),
        ("claim_details.csv", "2026-06-30", "loads_file"),
        ("loads.csv", None, "unknown"),
    ]
    assert any("2026-07-19" in notice and "2026-07-20 is used" in notice for notice in notices)
    assert any("gone.csv" in notice and "no file of that name was loaded" in notice for notice in notices)
    assert not any("states no run date" in notice for notice in notices)
    record_all(con)
    write_loads(exports, "gone.csv,2026-01-01")
    notices = load_folder(con, exports).notices
    assert ("claim_details.csv", None, "unknown") in loads(con, dates)
    assert any(notice.startswith("1 file states no run date (claim_details.csv)") for notice in notices)
    record_all(con)


def test_a_file_is_inspected_once_however_often_its_folder_is_read(
    con: duckdb.DuckDBPyConnection, exports: Path, inspected: list[str]
) -> None:
    (exports / "notes.csv").write_text("subject,remark\nlunch,none\n", encoding="utf-8")
    read_folder(exports)
    load_folder(con, exports)
    load_folder(con, exports)
    assert sorted(inspected) == ["REV-603_trade_refund.xlsx", "claim_details.csv", "notes.csv"]


def test_a_file_that_changed_is_inspected_again(exports: Path, inspected: list[str]) -> None:
    (before,) = [seen.load_id for seen in read_folder(exports).recognised if seen.file_name == "claim_details.csv"]
    with (exports / "claim_details.csv").open("a", encoding="utf-8") as more:
        more.write("MYK01010039,100000240001,Failed,\n")
    (after,) = [seen.load_id for seen in read_folder(exports).recognised if seen.file_name == "claim_details.csv"]
    assert before != after
    assert inspected.count("claim_details.csv") == 2
    assert inspected.count("REV-603_trade_refund.xlsx") == 1


def test_a_damaged_file_is_looked_at_again(exports: Path, inspected: list[str]) -> None:
    (exports / "empty.csv").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(UnusableExports, match="Nothing was loaded"):
            read_folder(exports)
    assert inspected.count("empty.csv") == 2
