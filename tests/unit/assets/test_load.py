"""Loading a folder: what is new, alike files together, each kept as it came, and the run dates of loads.csv."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cape_pipeline.ace import Inspection, TooManyRejected, inspect_file
from cape_pipeline.ace.archive import NotKept, place_of, restore
from cape_pipeline.assets import load as module
from cape_pipeline.assets.load import UnusableExports, load_folder, read_folder, record_all
from cape_pipeline.warehouse.tables import create_table_sql
from tests.support.pipeline import empty_warehouse
from tests.unit.ace import samples
from tests.unit.ace.intake import Intake, received_contracts

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


def test_a_link_that_leads_out_of_the_folder_is_not_followed(exports: Path, inspected: list[str]) -> None:
    shutil.copy(EXPORTS / "declarations.csv", exports.parent)
    (exports / "linked.csv").symlink_to(exports.parent / "declarations.csv")
    with pytest.raises(UnusableExports, match="leads out of the exports folder"):
        read_folder(exports)
    assert "linked.csv" not in inspected


# --- files that look alike land together ----------------------------------------------------------------------------


NAMES = [f"ES-003_{part}_run_2026-07-01.csv" for part in "abcdef"]


def lines(first: int, count: int, **changes: str) -> list[list[str]]:
    return [samples.es003_row(line=str(line), **changes) for line in range(first, first + count)]


def write_alike(folder: Path, *parts: list[list[str]], header: list[str] = samples.ES003_HEADERS) -> None:
    """ES-003 files of one run date with the same header."""
    for name, rows in zip(NAMES, parts, strict=False):
        Intake(duckdb.connect(), folder).csv([header, *rows], name)


@contextmanager
def received_tables() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("create schema ace")
        for contract in received_contracts():
            con.execute(create_table_sql(contract))
        yield con


def everything(con: duckdb.DuckDBPyConnection) -> list[list[str]]:
    tables = ("es003_tariff_lines", "quarantine")
    stored = [con.execute(f"select * from ace.{table}").fetchall() for table in tables]
    stored.append(con.execute("select * exclude (loaded_at) from ace.loads").fetchall())
    return [sorted(map(repr, rows)) for rows in stored]


def together_and_one_by_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, **limits: Any
) -> tuple[list[list[str]], list[list[str]], list[type[Exception] | None], list[int]]:
    """What both ways store, how they end, and how many files each transaction held when they could land together."""
    stored: list[list[list[str]]] = []
    ends: list[type[Exception] | None] = []
    sizes: list[int] = []
    load_some = module._load_some

    def counted(*given: Any) -> Any:
        results = load_some(*given)
        sizes.append(len(results))
        return results

    for most in (module.BYTES_TOGETHER, 0):
        with monkeypatch.context() as patched, received_tables() as con:
            patched.setattr(module, "BYTES_TOGETHER", most)
            patched.setattr(module, "_load_some", counted if most else load_some)
            try:
                load_folder(con, folder, **limits)
                ends.append(None)
            except (TooManyRejected, NotKept) as stopped:
                ends.append(type(stopped))
            stored.append(everything(con))
    together, one_by_one = stored
    return together, one_by_one, ends, sizes


def test_files_that_look_alike_land_in_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_alike(tmp_path, lines(1, 3), lines(4, 3), [*lines(7, 2), samples.es003_row(line="9", duty="#VALUE!")])
    together, one_by_one, ends, sizes = together_and_one_by_one(tmp_path, monkeypatch)
    assert together == one_by_one
    assert ends == [None, None]
    assert sizes == [3]
    assert len(together[0]) == 8
    assert len(together[1]) == 1


def test_a_file_with_another_header_begins_the_next_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_alike(tmp_path, lines(1, 2), lines(3, 2))
    Intake(duckdb.connect(), tmp_path).csv([samples.ES003_HEADERS[:-1], *(row[:-1] for row in lines(5, 2))], NAMES[2])
    together, one_by_one, _, sizes = together_and_one_by_one(tmp_path, monkeypatch)
    assert together == one_by_one
    assert sizes == [2, 1]


def test_rows_that_repeat_or_contradict_rows_of_files_beside_them_end_as_they_do_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_alike(
        tmp_path,
        lines(1, 4),
        lines(1, 1) + lines(5, 2) + lines(5, 1),
        lines(2, 1, duty="$9.99") + lines(7, 2) + lines(8, 1, duty="$9.99"),
        lines(2, 1, duty="$8.88") + lines(3, 1),
        lines(9, 1),
    )
    together, one_by_one, ends, sizes = together_and_one_by_one(tmp_path, monkeypatch, reject_share=0.9)
    assert together == one_by_one
    assert ends == [None, None]
    assert sum(sizes) == 5
    assert sizes[0] == 2
    assert any("conflicting_row" in row for row in together[1])


def test_a_refused_file_leaves_those_before_it_and_none_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = [samples.es003_row(line=str(line), duty="#VALUE!") for line in range(20, 24)]
    write_alike(tmp_path, lines(1, 2), lines(3, 2), refused, lines(5, 2))
    together, one_by_one, ends, _ = together_and_one_by_one(tmp_path, monkeypatch)
    assert together == one_by_one
    assert ends == [TooManyRejected, TooManyRejected]
    assert len(together[2]) == 2


def test_a_file_that_cannot_be_kept_leaves_those_before_it_and_none_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_alike(tmp_path, lines(1, 2), lines(3, 2), lines(5, 2), lines(7, 2))
    _, _, third, _ = sorted(read_folder(tmp_path).recognised, key=lambda seen: seen.file_name)
    place_of(tmp_path / "archive", third.load_id).mkdir(parents=True)
    together, one_by_one, ends, sizes = together_and_one_by_one(tmp_path, monkeypatch, archive=tmp_path / "archive")
    assert together == one_by_one
    assert ends == [NotKept, NotKept]
    assert sizes == [2]
    assert len(together[2]) == 2


def test_a_line_break_in_a_cell_of_one_file_does_not_disturb_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = lines(3, 2)
    broken[0][samples.ES003_HEADERS.index("Manufacturer ID")] = "two\r\nlines"
    write_alike(tmp_path, lines(1, 2), broken, lines(5, 2))
    together, one_by_one, ends, _ = together_and_one_by_one(tmp_path, monkeypatch)
    assert together == one_by_one
    assert ends == [None, None]
    assert len(together[0]) == 6


def test_the_same_file_twice_in_the_folder_is_loaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_alike(tmp_path, lines(1, 2), lines(1, 2), lines(3, 2))
    together, one_by_one, _, sizes = together_and_one_by_one(tmp_path, monkeypatch)
    assert together == one_by_one
    assert sizes == [2]
    assert NAMES[0] in "".join(together[2])
    assert NAMES[1] not in "".join(together[2])
