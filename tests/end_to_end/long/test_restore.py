"""Any position that was issued is built again from the archive alone, byte for byte, and what differs is named."""

import csv
import json
import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner, Result

from cape_pipeline.cli import app
from cape_pipeline.close.frozen import as_json
from cape_pipeline.issued.describing import position_id_of
from cape_pipeline.issued.keeping import positions_folder
from tests.support.clients import AS_OF, both_clients

EXPORTS = Path(__file__).parents[2] / "golden" / "guide14" / "exports"


def cape(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "160"})


def run(folder: Path, *more: object) -> None:
    places = ("--exports", folder / "exports", "--warehouse", folder / "w/cape.duckdb", "--out", folder / "out")
    result = cape("run", *places, *more)
    assert result.exit_code == 0, result.output


def positions(folder: Path) -> list[dict[str, object]]:
    result = cape("restore", "--list", "--warehouse", folder / "w/cape.duckdb", "--json")
    assert result.exit_code == 0, result.output
    return list(json.loads(result.stdout))


def restore(folder: Path, position: object, target: Path, *more: object) -> Result:
    return cape("restore", position, target, "--warehouse", folder / "w/cape.duckdb", *more)


def files(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with a past, and `out` as it was after each of its positions, in `out_1`, `out_2` and `out_3`.

    Files came in two portions, a period was closed in between, the day moved back and forth, another reading and
    another line ending were chosen, and the archive lacks a file that was loaded with --discard-raw.
    """
    folder = tmp_path_factory.mktemp("eventful")
    (folder / "exports").mkdir()
    later = [path for path in sorted(EXPORTS.iterdir()) if path.name.startswith("REV-603")]
    assert later
    for path in EXPORTS.iterdir():
        if path not in later:
            shutil.copy(path, folder / "exports")
    run(folder, "--as-of", "2026-07-20")
    shutil.copytree(folder / "out", folder / "out_1")
    result = cape("close", "--period", "2026-06-30", "--warehouse", folder / "w/cape.duckdb")
    assert result.exit_code == 0, result.output
    for path in later:
        shutil.copy(path, folder / "exports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAPE_LINE_ENDING", "lf")
        run(folder, "--as-of", "2026-07-31", "--policy", "ieepa_last_day=day_of_the_judgment")
        shutil.copytree(folder / "out", folder / "out_2")
    for path in (folder / "exports").iterdir():
        path.unlink()
    given = folder / "exports" / "importers.csv"
    given.write_text("importer_number,name,rate_class\n99-999999900,Example Imports,noncorporate\n", encoding="utf-8")
    run(folder, "--as-of", "2026-07-20", "--policy", "", "--discard-raw")
    shutil.copytree(folder / "out", folder / "out_3")
    return folder


@pytest.fixture
def name_of(eventful: Path) -> dict[str, str]:
    """The positions by the folder that holds their files."""
    found = {}
    for told in positions(eventful):
        _, description = position_and_description(eventful, str(told["position_id"]))
        for number in ("1", "2", "3"):
            with (eventful / f"out_{number}" / "manifest.csv").open(newline="") as file:
                written = {row["file_name"]: row["sha256"] for row in csv.DictReader(file)}
            if written == description["files"]:
                found[number] = str(told["position_id"])
    assert sorted(found) == ["1", "2", "3"]
    return found


def position_and_description(folder: Path, position_id: str) -> tuple[Path, dict[str, dict[str, str]]]:
    path = positions_folder(folder / "w/archive") / f"{position_id}.json"
    return path, json.loads(path.read_bytes())


def test_every_position_is_listed_with_its_day_and_who_issued_it_when(eventful: Path) -> None:
    told = positions(eventful)
    assert sorted(str(one["as_of_date"]) for one in told) == ["2026-07-20", "2026-07-20", "2026-07-31"]
    assert all(one["issued_at"] for one in told)
    with duckdb.connect(str(eventful / "w/cape_analyst.duckdb"), read_only=True) as con:
        listed = con.execute("select position_id, cast(as_of_date as varchar) from warehouse.issued_positions")
        assert sorted(listed.fetchall()) == sorted((one["position_id"], one["as_of_date"]) for one in told)


@pytest.mark.parametrize("number", ["1", "2"])
def test_a_past_position_is_built_again_byte_for_byte(
    eventful: Path, name_of: dict[str, str], tmp_path: Path, number: str
) -> None:
    result = restore(eventful, name_of[number], tmp_path / "again")
    assert result.exit_code == 0, result.output
    assert "are the same, byte for byte" in result.stdout
    assert files(tmp_path / "again/out") == files(eventful / f"out_{number}")
    verified = cape("verify", "--warehouse", tmp_path / "again/warehouse/cape.duckdb")
    assert verified.exit_code == 0, verified.output


def test_a_file_that_was_not_kept_is_asked_for_and_taken_under_any_name(
    eventful: Path, name_of: dict[str, str], tmp_path: Path
) -> None:
    refused = restore(eventful, name_of["3"], tmp_path / "again")
    assert refused.exit_code == 2
    assert "importers.csv" in refused.stderr
    assert "--exports" in refused.stderr
    assert not (tmp_path / "again").exists()
    (tmp_path / "given").mkdir()
    shutil.copy(eventful / "exports" / "importers.csv", tmp_path / "given" / "another name.csv")
    result = restore(eventful, name_of["3"], tmp_path / "again", "--exports", tmp_path / "given")
    assert result.exit_code == 0, result.output
    assert files(tmp_path / "again/out") == files(eventful / "out_3")


def test_the_archive_alone_is_enough(eventful: Path, name_of: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(eventful / "w/archive", tmp_path / "w/archive")
    assert [one["issued_at"] for one in positions(tmp_path)] == [None, None, None]
    result = restore(tmp_path, name_of["1"][:6], tmp_path / "again", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["is_the_same"], told["position_id"]) == (True, name_of["1"])


def test_what_does_not_come_out_the_same_is_named(eventful: Path, name_of: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(eventful / "w/archive", tmp_path / "w/archive")
    path, told = position_and_description(tmp_path, name_of["1"])
    told["tables"]["lines.duty_splits"][1] = "1"  # type: ignore[index]
    told["files"]["position.csv"] = "0" * 64
    told["libraries"]["duckdb"] = "0.0.1"
    (path.parent / f"{position_id_of(told)}.json").write_bytes(as_json(told))
    result = restore(tmp_path, position_id_of(told), tmp_path / "again")
    assert result.exit_code == 1, result.output
    assert "table lines.duty_splits is not what was issued" in result.stdout
    assert "file position.csv is not what was issued" in result.stdout
    assert "duckdb 0.0.1" in result.stdout


def test_nothing_is_written_over(eventful: Path, name_of: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    result = restore(eventful, name_of["1"], tmp_path)
    assert result.exit_code == 2
    assert "not empty" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_position_that_was_never_issued_and_no_position_at_all_are_told(eventful: Path, tmp_path: Path) -> None:
    never = restore(eventful, "0000000000000000", tmp_path / "again")
    assert never.exit_code == 2
    assert "no such position was issued" in never.stderr
    assert cape("restore").exit_code == 2
    none = cape("restore", "--list", "--warehouse", tmp_path / "w/cape.duckdb")
    assert none.exit_code == 2
    assert "holds no issued position" in none.stderr


def test_the_same_run_again_issues_no_other_position(eventful: Path, tmp_path: Path) -> None:
    shutil.copytree(eventful, tmp_path / "copy")
    before = positions(tmp_path / "copy")
    run(tmp_path / "copy", "--as-of", "2026-07-19")
    run(tmp_path / "copy", "--as-of", "2026-07-20")
    after = positions(tmp_path / "copy")
    assert len(after) == len(before) + 1
    assert {one["position_id"] for one in before} <= {one["position_id"] for one in after}


def test_the_files_of_each_client_come_back_apart(tmp_path: Path) -> None:
    both_clients(tmp_path / "made").write(tmp_path / "exports")
    run(tmp_path, "--as-of", AS_OF)
    (told,) = positions(tmp_path)
    result = restore(tmp_path, told["position_id"], tmp_path / "again")
    assert result.exit_code == 0, result.output
    assert files(tmp_path / "again/out") == files(tmp_path / "out")
    assert len({Path(name).parts[0] for name in files(tmp_path / "out")}) > 1
