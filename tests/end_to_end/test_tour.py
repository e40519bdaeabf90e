"""README and the page for analysts tell the truth: their figures, files, queries and programs, on the demonstration."""

import json
import os
import re
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from cape_pipeline.ace.reports import report_book
from cape_pipeline.cli import app
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.contracts.picture import MAIN_TABLES, flows_between, picture, with_picture
from cape_pipeline.cookbook import ready_questions
from cape_pipeline.demo.templates import TEMPLATES
from tests.architecture.project import ROOT, project_paths

README = (ROOT / "README.md").read_text(encoding="utf-8")
ANALYSTS = (ROOT / "sql" / "ANALYSTS.md").read_text(encoding="utf-8")
PAGES = [path.relative_to(ROOT).as_posix() for path in project_paths() if path.suffix == ".md"]
ENTRY = "ZQX21012619"
WHOSE = f"entry_number = '{ENTRY}'"


@pytest.fixture(scope="module")
def folder(finished_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a checkout in which `cape demo` was run: `cape-demo`, and `sql` beside it."""
    folder = tmp_path_factory.mktemp("tour")
    (folder / "cape-demo").symlink_to(finished_demo / "cape-demo")
    (folder / "sql").symlink_to(ROOT / "sql")
    return folder


@pytest.fixture
def con(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(folder / "cape-demo/warehouse/cape_analyst.duckdb"), read_only=True) as con:
        yield con


def section(text: str, title: str) -> str:
    return re.split(r"(?m)^##+ ", text.split(f"# {title}\n", 1)[1])[0]


def blocks(text: str, language: str) -> list[str]:
    return [re.sub(r"(?m)^  ", "", block) for block in re.findall(rf"(?ms)^ *```{language}\n(.*?)^ *```", text)]


def facts(con: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """What a query finds, as README writes it."""
    found = con.execute(query).fetchall()
    assert found
    return [f"{value:,.2f}" if isinstance(value, Decimal) else str(value) for row in found for value in row]


# ---- the picture --------------------------------------------------------------------------------------------------


def test_the_picture_is_that_of_the_contracts() -> None:
    assert with_picture(README) == README, "python -m cape_pipeline.contracts.picture writes it anew"


def test_the_picture_shows_each_main_table_once_and_only_flows_that_are_there() -> None:
    text = picture()
    for table_id in MAIN_TABLES:
        assert text.count(f'{table_id}["') == 1
    edges = flows_between(MAIN_TABLES)
    assert ("lines.classified_lines", "lines.duty_splits") in edges
    assert {table_id for edge in edges for table_id in edge} == set(MAIN_TABLES)


def test_a_flow_that_others_tell_is_left_out() -> None:
    tables = ("lines.classified_lines", "lines.duty_splits", "entries.eligibility")
    assert flows_between(tables) == [tables[:2], tables[1:]]
    assert flows_between(tables[::2]) == [tables[::2]]


def test_a_page_without_one_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="exactly one block"):
        with_picture("no picture")


# ---- one entry ----------------------------------------------------------------------------------------------------


def step(name: str) -> str:
    (row,) = re.findall(rf"(?m)^\| {name} \|.*$", section(README, "One entry, from its filed rows to its refund"))
    return str(row)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("filed", "select entry_date, country_of_origin = 'CN' from lines.classified_lines where {entry} limit 1"),
        ("filed", "select sum(goods_value_usd) from lines.classified_lines where {entry}"),
        ("filed", "select min(source_row), max(source_row) from ace.es003_tariff_lines where {entry}"),
        ("classified", "select heading, duty_usd from lines.row_contributions where {entry}"),
        ("split", "select paid_duty_usd, ieepa_usd, non_ieepa_usd from lines.duty_splits where {entry}"),
        ("judged", "select min(liquidation_date), min(cape_deadline_date) from entries.deadlines where {entry}"),
        ("declared", "select claim_number, accepted_date from entries.eligibility where {entry}"),
        ("reliquidated", "select reliquidation_date from entries.eligibility where {entry}"),
        (
            "interest",
            "select accrual_days, principal_usd, deposit_date, interest_usd"
            " from refunds.interest_accruals where {entry}",
        ),
        ("batched", "select total_usd, entry_count - 1 from refunds.refund_batches where {refund}"),
        (
            "refunded",
            "select refund_number, cbp_principal_usd, cbp_interest_usd from payments.entry_refunds where {entry}",
        ),
        (
            "in the bank",
            "select bank_value_date, trace_number, deposited_usd"
            " from payments.rev603_reconciliation where refund_number = 'R00204285'",
        ),
        ("in the bank", "select cape_status, recommended_path from entries.eligibility where {entry}"),
    ],
)
def test_each_step_of_the_entry_is_told_with_the_figures_of_the_tables(
    con: duckdb.DuckDBPyConnection, name: str, query: str
) -> None:
    asked = query.format(entry=WHOSE, refund="list_contains(refund_numbers, 'R00204285')")
    told = step(name)
    assert [fact for fact in facts(con, asked) if fact not in told and fact != "True"] == []


def test_the_rates_of_the_duties_and_of_the_interest_are_told(con: duckdb.DuckDBPyConnection) -> None:
    asked = (
        ("classified", f"select registry_rate from lines.classified_lines where is_ieepa_duty and {WHOSE}"),
        ("interest", f"select distinct annual_rate from refunds.interest_segments where {WHOSE}"),
    )
    for name, query in asked:
        rates = {rate for (rate,) in con.execute(query).fetchall()}
        assert {f"{rate * 100:.0f} %" for rate in rates} == set(re.findall(r"\d+ %", step(name)))


def test_the_entry_could_be_filed_from_the_day_that_is_told(folder: Path) -> None:
    where = str(folder / "cape-demo/warehouse/cape.duckdb")
    result = CliRunner().invoke(app, ["history", ENTRY, "--warehouse", where, "--json"])
    assert result.exit_code == 0
    (filed,) = (row for row in json.loads(result.output) if row["path_reason"] == "every rule is met")
    assert f"every rule met on {filed['changed_date']}" in step("judged")


def test_the_tables_named_in_the_steps_are_there(con: duckdb.DuckDBPyConnection) -> None:
    named = re.findall(r"`(\w+\.\w+)`", section(README, "One entry, from its filed rows to its refund"))
    stored = {
        f"{row[0]}.{row[1]}" for row in con.execute("select schema_name, table_name from duckdb_columns()").fetchall()
    }
    assert len(named) >= 8
    assert set(named) - stored == set()


def test_explain_shows_what_the_steps_say(folder: Path) -> None:
    where = str(folder / "cape-demo/warehouse/cape.duckdb")
    result = CliRunner().invoke(app, ["explain", ENTRY, "--warehouse", where])
    assert result.exit_code == 0
    for fact in ("14,500.80", "787.74", "55,469.82", "R00204285", "100000318870"):
        assert fact in result.output
        assert fact in section(README, "One entry, from its filed rows to its refund")


def test_the_demonstration_is_as_large_as_it_is_said_to_be(con: duckdb.DuckDBPyConnection) -> None:
    count = con.execute("select count(*), count(distinct importer_number) from entries.eligibility").fetchone()
    assert count == (170, 5)
    others = (len(CONTRACTS) - len(MAIN_TABLES)) // 10 * 10
    assert f"about {others} others stand between" in README
    assert "five made-up importer numbers, 170\nentries" in README


@pytest.mark.parametrize("page", ["README.md", "sql/lines/SPLITTING.md"])
def test_the_headings_and_windows_are_counted(con: duckdb.DuckDBPyConnection, page: str) -> None:
    count = con.execute(
        "select count(distinct heading), count(*) from registry.ieepa_headings where withdrawn_date is null"
    ).fetchone()
    assert count is not None
    assert f"{count[0]} headings in {count[1]} dated, cited windows" in (ROOT / page).read_text(encoding="utf-8")


# ---- what comes out, what goes in ---------------------------------------------------------------------------------


def test_every_file_a_run_writes_is_told(folder: Path) -> None:
    told = set(re.findall(r"`([\w.]+?)(?:/\S*)?`", section(README, "What comes out")))
    written = {path.name for path in (folder / "cape-demo/out").iterdir()}
    assert written - told == set()
    files = {name for name in told if "." in name} - {"importers.csv"}
    assert files - written == set(), "a file is told that no run writes"


def test_every_reference_file_of_the_user_is_told() -> None:
    told = section(README, "Run it on your own exports") + section(README, "What goes in")
    assert [template.file_name for template in TEMPLATES if f"`{template.file_name}`" not in told] == []
    assert len(TEMPLATES) == 2 + 9
    assert "and nine more" in section(README, "What goes in")


def test_the_columns_to_add_in_ace_are_called_as_the_loader_knows_them() -> None:
    first_step = section(README, "Run it on your own exports").split("\n2. ")[0]
    asked = set(re.findall(r"`([^`]+)`", first_step))
    known = {column.label: column for column in report_book().report("ES-003").columns}
    assert asked <= set(known)
    of_the_default_layout = {
        "Entry Type Code", "Importer Number", "Entry Date", "Country of Origin Code", "Line Tariff Goods Value Amount",
    }  # fmt: skip
    deciding = {label for label, column in known.items() if column.without} - of_the_default_layout
    assert deciding - asked == set()


def test_a_ready_question_that_is_named_is_there() -> None:
    named = set(re.findall(r"--question (\w+)", README + ANALYSTS)) - {"NAME"}
    assert named
    assert named - set(ready_questions()) == set()


def test_readme_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) <= 350


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    text = re.sub(r"(?ms)^```.*?^```", "", (ROOT / page).read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)]+)\)", text):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / page).parent / name if name else ROOT / page
        assert target.exists(), f"{page}: {link}"
        if anchor:
            there = (target / "README.md" if target.is_dir() else target).read_text(encoding="utf-8")
            headings = re.findall(r"(?m)^#+ (.*)$", there)
            slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{page}: {link}"


def test_every_command_is_told() -> None:
    listed = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    commands = set(re.findall(r"(?m)^│ ([a-z]+) ", listed))
    assert commands
    assert [name for name in commands if f"`cape {name}" not in section(README, "Commands")] == []


# ---- queries and programs -----------------------------------------------------------------------------------------


def test_the_queries_of_the_readme_find_something(con: duckdb.DuckDBPyConnection) -> None:
    queries = blocks(README, "sql")
    assert [len(con.execute(query).fetchall()) for query in queries] == [5, 4, 4, 4]


def test_the_queries_for_analysts_find_something(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    *queries, copy = blocks(ANALYSTS, "sql")
    assert len(queries) == 3
    assert all(con.execute(query).fetchall() for query in queries)
    con.execute(copy.replace("position_by_path.parquet", str(tmp_path / "written.parquet")))
    written = duckdb.execute("select count(*) from read_parquet(?)", [str(tmp_path / "written.parquet")]).fetchone()
    assert written == con.execute("select count(*) from reports.position_by_path").fetchone()


def test_the_snapshot_is_in_the_format_that_is_told(con: duckdb.DuckDBPyConnection) -> None:
    tags = con.execute("select tags from duckdb_databases() where database_name = 'cape_analyst'").fetchone()
    assert tags == ({"storage_version": "v1.4.0+"},)
    assert "storage format of DuckDB 1.4" in ANALYSTS


@pytest.mark.parametrize("program", blocks(ANALYSTS, "python"), ids=("to_file", "walk"))
def test_the_python_programs_for_analysts_run_as_they_stand_there(folder: Path, program: str) -> None:
    assert "shape: (" in run(folder, [sys.executable, "-c", program])


def test_polars_finds_what_sql_finds(folder: Path, con: duckdb.DuckDBPyConnection) -> None:
    program = blocks(ANALYSTS, "python")[0].replace("print(to_file)", "print(to_file['refund_principal_usd'].sum())")
    total = con.execute(
        "select sum(refund_principal_usd) from entries.eligibility where recommended_path = 'file_cape'"
    ).fetchone()
    assert total is not None
    assert run(folder, [sys.executable, "-c", program]).split() == [str(total[0])]


@pytest.mark.parametrize(
    "line", [line for block in blocks(ANALYSTS, "sh") for line in block.splitlines()], ids=lambda line: line[:40]
)
def test_the_commands_for_analysts_print_something(folder: Path, line: str) -> None:
    command, _, target = line.partition(" > ")
    name, *arguments = shlex.split(command)
    start: dict[str, list[Any]] = {
        "cape": [sys.executable, "-m", "cape_pipeline.cli"],
        "duckdb": [Path(sysconfig.get_path("scripts")) / "duckdb"],
    }
    printed = run(folder, [*start[name], *arguments])
    assert len(printed.splitlines()) > 1
    assert not target or target.endswith(".csv")


def run(folder: Path, command: list[Any]) -> str:
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
