"""`cape check` on CAPE declarations: every fault with row, rule and severity, with and without a warehouse."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import xlsxwriter
from typer.testing import CliRunner, Result

from cape_pipeline.check import check_file
from cape_pipeline.cli import app
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.declaration_check.show import DeclarationVerdict
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.query import table_query
from cape_pipeline.warehouse.tables import create_table_sql
from tests.support.pipeline import empty_warehouse
from tests.support.tables import put
from tests.unit.declaration_check.declarations import content, number, numbers

AS_OF = date(2026, 7, 20)
IMPORTER = "12-3456789"
KNOWN = numbers(4)
TYPE_09, FOREIGN = KNOWN[2], KNOWN[3]


def cape(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *(str(argument) for argument in arguments)])


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose snapshot knows two entries that CAPE takes, one of type 09 and one of another importer."""
    folder = tmp_path_factory.mktemp("snapshot")
    with empty_warehouse(str(folder / "cape_analyst.duckdb")) as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        con.execute(create_table_sql(CONTRACTS["entries.rule_outcomes"]))
        con.execute(f"create view entries.eligibility as {table_query('entries.eligibility').text}")
        for entry in KNOWN:
            is_foreign, is_09 = entry == FOREIGN, entry == TYPE_09
            importer = "98-7654321" if is_foreign else IMPORTER
            put(
                con,
                "entries.eligibility_decisions",
                entry_number=entry,
                importer_number=importer,
                importer_key=importer.replace("-", ""),
                entry_type_code="09" if is_09 else "01",
                cape_status="ineligible" if is_09 else "eligible",
                recommended_path="none" if is_09 else "file_cape",
            )
            put(
                con,
                "entries.rule_outcomes",
                entry_number=entry,
                entry_type_excluded="fail" if is_09 else "pass",
                already_accepted="pass",
                liquidation_80_days="pass",
                ieepa_duty="pass",
                payee_box28="pass",
            )
        for importer in (IMPORTER, "98-7654321"):
            key = importer.replace("-", "")
            put(con, "ace.current_importers", importer_number=importer, importer_key=key, ach_enrolled=True)
    return folder / "cape.duckdb"


def declaration(folder: Path, file: bytes, name: str = "declaration.csv") -> Path:
    path = folder / name
    path.write_bytes(file)
    return path


def told(result: Result) -> dict[str, Any]:
    (file,) = json.loads(result.stdout)["files"]
    assert isinstance(file, dict)
    return file


def dashed(entry: str) -> str:
    return f"{entry[:3]}-{entry[3:10]}-{entry[10]}"


def test_every_fault_of_one_file_is_named_with_row_rule_and_severity(tmp_path: Path, warehouse: Path) -> None:
    wrong = number(5)
    rows = [
        f"{KNOWN[0]},x",
        KNOWN[0],
        dashed(KNOWN[1]),
        wrong[:10] + str((int(wrong[10]) + 1) % 10),
        TYPE_09,
        FOREIGN,
        *(number(serial) for serial in range(100, 10_094)),
    ]
    assert len(rows) == 10_000
    path = declaration(tmp_path, b"\xef\xbb\xbf" + content(rows, "Entry number", "\r\n"))
    arguments = (path, "--warehouse", warehouse, "--submitter", f"importer:{IMPORTER}")
    result = cape(*arguments, "--json")
    assert result.exit_code == 1, result.output
    file = told(result)
    findings = [
        (finding["row_number"], finding["rule_id"], finding["severity"])
        for finding in file["findings"]
        if finding["rule_id"] != "VAL-E-01"
    ]
    assert findings == [
        (1, "VAL-F-03", "warn"),
        (1, "VAL-F-04", "warn"),
        (1, "VAL-F-05", "reject"),
        (2, "VAL-F-06", "reject"),
        (10_001, "VAL-F-08", "reject"),
        (5, "VAL-F-12", "reject"),
        (3, "VAL-F-13", "reject"),
        (4, "VAL-F-14", "warn"),
        (6, "VAL-E-02", "reject"),
        (7, "VAL-I-01", "reject"),
        (7, "VAL-I-04", "warn"),
    ]
    assert (file["verdict"], file["as_of_date"], file["not_run"]) == ("refused", "2026-07-20", [])
    for finding in file["findings"]:
        assert finding["title"]
        assert finding["what_to_do"]
    printed = cape(*arguments).stdout
    for row, rule_id, severity in findings:
        assert f"row {row}" in printed
        assert f"{severity}  {rule_id}  " in printed
    assert "and 9,984 more; --json prints all of them" in printed


def test_a_right_file_ends_with_0_and_with_warnings_too(tmp_path: Path, warehouse: Path) -> None:
    right = declaration(tmp_path, content(KNOWN[:2]), "right.csv")
    result = cape(right, "--warehouse", warehouse, "--submitter", f"importer:{IMPORTER}")
    assert result.exit_code == 0, result.output
    assert "2 entry numbers" in result.stdout
    assert "as of 2026-07-20" in result.stdout
    assert "No rule that was run refuses this declaration." in result.stdout
    warned = declaration(tmp_path, content([dashed(KNOWN[0])], end="\r\n"), "warned.csv")
    result = cape(warned, "--warehouse", warehouse, "--json")
    assert (result.exit_code, told(result)["verdict"]) == (0, "passes")
    assert {finding["severity"] for finding in told(result)["findings"]} == {"warn"}


def test_without_a_snapshot_it_is_said_which_rules_were_not_run(tmp_path: Path) -> None:
    path = declaration(tmp_path, content(KNOWN))
    result = cape(path, "--warehouse", tmp_path / "none.duckdb", "--json")
    assert result.exit_code == 0, result.output
    (entries, submitter) = told(result)["not_run"]
    for rule_id in ("VAL-E-01", "VAL-E-10", "VAL-I-03", "VAL-I-06"):
        assert rule_id in entries
    assert "no snapshot there; make one with cape run" in entries
    assert submitter == "VAL-I-01 and VAL-I-02: say who uploads the file with --submitter"
    assert "not run" in cape(path, "--warehouse", tmp_path / "none.duckdb").stdout


def test_a_snapshot_of_another_release_is_said_to_be_one(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "old_analyst.duckdb")) as con:
        con.execute("create table t as select 1 as a")
    result = cape(declaration(tmp_path, content(KNOWN)), "--warehouse", tmp_path / "old.duckdb", "--json")
    assert result.exit_code == 0, result.output
    assert "lacks a table or column of this release" in told(result)["not_run"][0]


def test_a_foreign_filer_is_named_without_a_warehouse(tmp_path: Path) -> None:
    path = declaration(tmp_path, content([number(1), number(1, "XYZ")]))
    result = cape(path, "--warehouse", tmp_path / "none.duckdb", "--submitter", "broker:ABC", "--json")
    assert result.exit_code == 1
    assert [(f["row_number"], f["rule_id"]) for f in told(result)["findings"]] == [(3, "VAL-I-02")]


def test_a_submitter_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    result = cape(declaration(tmp_path, content(KNOWN)), "--submitter", "agent:ABC")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert result.stderr.startswith("cape: --submitter agent:ABC: write importer:NUMBER")
    result = cape(declaration(tmp_path, content(KNOWN)), "--submitter", "broker:ABC,broker:XYZ")
    assert (result.exit_code, "one file is uploaded by one submitter" in result.stderr) == (2, True)


def test_rejects_are_printed_before_warnings_and_what_a_file_holds_as_it_stands(tmp_path: Path) -> None:
    path = declaration(tmp_path, b"\xef\xbb\xbf" + content(["[bold]x[/bold]"]))
    printed = cape(path, "--warehouse", tmp_path / "none.duckdb").stdout
    assert printed.index("VAL-F-10  ") < printed.index("VAL-F-03  ")
    assert "'[bold]x[/bold]'" in printed
    assert "this project's own codes, not CBP's" in printed


def test_a_saved_template_is_judged_and_an_empty_file_is_not_readable(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "template.xlsx") as book:
        book.add_worksheet().write_column(0, 0, ["Entry Number", *KNOWN])
    result = cape(tmp_path / "template.xlsx", "--warehouse", tmp_path / "none.duckdb", "--json")
    assert result.exit_code == 1
    assert [(f["row_number"], f["rule_id"]) for f in told(result)["findings"]] == [(1, "VAL-F-01")]
    assert cape(declaration(tmp_path, b"", "empty.csv")).exit_code == 2


def test_checking_a_declaration_writes_nothing(
    tmp_path: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = declaration(tmp_path, content(KNOWN))
    monkeypatch.chdir(tmp_path)
    before = sorted(warehouse.parent.iterdir())
    verdict = check_file(path, Settings(warehouse=warehouse))
    assert isinstance(verdict, DeclarationVerdict)
    assert list(tmp_path.iterdir()) == [path]
    assert sorted(warehouse.parent.iterdir()) == before
