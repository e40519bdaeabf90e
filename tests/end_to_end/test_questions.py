"""The ready questions of sql/queries and `cape sql`, asked of the demonstration's snapshot as an analyst would."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from cape_pipeline.cli import app
from cape_pipeline.cookbook import QuestionUnusable, ask, ready_questions
from cape_pipeline.settings import Settings
from tests.support.pipeline import empty_warehouse, run_on

QUESTIONS = tuple(ready_questions())
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def settings(finished_demo: Path) -> Settings:
    """The demonstration's warehouse and its snapshot; only read."""
    return Settings(warehouse=finished_demo / "cape-demo" / "warehouse" / "cape.duckdb")


@pytest.fixture
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(settings.snapshot), read_only=True) as con:
        yield con


def answer_to(settings: Settings, question: str) -> Rows:
    answer = ask(settings, ready_questions()[question].text)
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def total(rows: Rows, column: str) -> Decimal:
    return sum((row[column] or Decimal(0) for row in rows), Decimal(0))


def one(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    (value,) = con.execute(query).fetchone() or (None,)
    return value


def test_there_are_at_least_fifteen_ready_questions_and_each_is_one() -> None:
    assert len(QUESTIONS) >= 15
    for query in ready_questions().values():
        assert "?" in query.comment, query.name


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_ready_question_has_an_answer_on_the_demonstration(settings: Settings, question: str) -> None:
    rows = answer_to(settings, question)
    assert rows
    assert all(name == name.lower() and name.isidentifier() for name in rows[0])


def test_no_ready_question_has_an_answer_where_no_entry_was_received() -> None:
    with empty_warehouse() as con:
        run_on(con, None, date(2026, 7, 20))
        answers = {name: con.execute(query.text).fetchall() for name, query in ready_questions().items()}
    assert answers == {question: [] for question in QUESTIONS}


def test_the_importers_add_up_to_the_position(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    rows = answer_to(settings, "position_by_importer")
    assert total(rows, "open_principal_usd") == one(con, "select open_principal_usd from reports.position")
    assert sum(row["entry_count"] for row in rows) == one(con, "select count(*) from entries.eligibility")


def test_the_entries_of_a_deposit_add_up_to_its_refund(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    by_refund: dict[str, Decimal | None] = {}
    for row in answer_to(settings, "what_is_in_a_deposit"):
        if row["entry_number"] is None:
            by_refund[row["refund_number"]] = None
        else:
            paid = row["cbp_principal_usd"] + row["cbp_interest_usd"]
            by_refund[row["refund_number"]] = (by_refund.get(row["refund_number"]) or Decimal(0)) + paid
    stated = con.execute(
        "select refund_number, es022_usd from payments.rev603_reconciliation where deposited_usd > 0"
    ).fetchall()
    assert by_refund == dict(stated)


def test_the_expected_cash_is_that_of_the_batches_without_a_refund(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    expected = one(con, "select sum(total_usd) from refunds.refund_batches where len(refund_numbers) = 0")
    assert total(answer_to(settings, "expected_cash_by_month"), "total_usd") == expected


def test_the_programmes_add_up_to_the_ieepa_duty_that_was_filed(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    filed = one(con, "select sum(duty_usd) from lines.classified_lines where is_ieepa_duty")
    assert total(answer_to(settings, "duty_by_programme_and_origin"), "duty_usd") == filed


def test_every_ieepa_row_names_its_file_and_its_source(settings: Settings) -> None:
    for row in answer_to(settings, "one_amount_to_its_source"):
        assert row["file_name"] and row["source_row"] and row["source_title"] and row["registry_version"]


def test_whoever_cannot_be_paid_is_not_ready_and_waits_for_all_that_was_returned_for_lack_of_ach_data(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    rows = answer_to(settings, "who_cannot_be_paid_yet")
    numbers = {row["importer_number"] for row in rows}
    stored = con.execute("select importer_number, readiness from reports.payee_readiness").fetchall()
    assert numbers == {number for number, readiness in stored if readiness != "ready"}
    returned = {payee for (payee,) in con.execute("select payee_number from ace.rev613_rejected_refunds").fetchall()}
    assert returned
    assert returned <= numbers


def test_every_entry_of_a_declaration_was_taken_failed_or_waits(settings: Settings) -> None:
    rows = answer_to(settings, "how_each_declaration_fared")
    assert {row["status"] for row in rows} >= {"drafted"}
    for row in rows:
        answered = (row["accepted_entry_count"] or 0) + (row["failed_entry_count"] or 0)
        assert answered <= row["entry_count"]
    assert sum(row["failed_entry_count"] or 0 for row in rows) > 0


def test_the_books_hold_every_entry_once_and_the_open_principal_of_the_receivable(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    rows = answer_to(settings, "principal_and_interest_for_the_books")
    assert len({row["entry_number"] for row in rows}) == len(rows)
    for column in ("open_principal_usd", "open_interest_usd", "received_principal_usd", "received_interest_usd"):
        assert total(rows, column) == one(con, f"select sum({column}) from reports.receivable_entries")


def test_what_waits_is_nothing_that_can_be_filed_and_adds_up_to_its_paths(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    rows = answer_to(settings, "what_waits_for_somebody_else")
    paths = {row["recommended_path"] for row in rows}
    assert paths == {"await_phase", "await_protest", "await_liquidation", "court"}
    by_path = dict(
        con.execute(
            "select recommended_path, sum(open_principal_usd) from reports.position_by_path group by all"
        ).fetchall()
    )
    assert total(rows, "open_principal_usd") == sum(by_path[path] for path in paths)


def test_the_worst_alerts_stand_first_and_none_is_left_out(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    rows = answer_to(settings, "what_to_do_first")
    worst_first = ["right_at_risk", "money_missing", "action_due", "information"]
    assert [row["severity"] for row in rows] == sorted((row["severity"] for row in rows), key=worst_first.index)
    assert len(rows) == one(con, "select count(*) from payments.alerts where not is_acknowledged")


@pytest.mark.parametrize(
    "statement",
    [
        "create table entries.mine as select 1 as one",
        "delete from entries.eligibility",
        "copy (select 1) to 'elsewhere.csv'",
        "select * from read_text('cape.duckdb')",
        "attach 'elsewhere.duckdb'",
        "set enable_external_access = true",
        "selekt 1",
    ],
)
def test_a_question_changes_and_opens_nothing(settings: Settings, statement: str) -> None:
    with pytest.raises(QuestionUnusable, match="the question cannot be answered: "):
        list(ask(settings, statement).rows)


def cape(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["sql", *arguments])
    return result.exit_code, result.output


def test_the_command_prints_every_row_as_json_and_as_csv(settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
    statement = "select entry_number, open_principal_usd, blocking_rules from entries.eligibility order by all"
    stored = con.execute(statement).fetchall()
    where = ("--warehouse", str(settings.warehouse))
    code, printed = cape(statement, "--json", *where)
    assert code == 0
    rows = json.loads(printed)
    assert [row["entry_number"] for row in rows] == [row[0] for row in stored]
    assert [row["blocking_rules"] for row in rows] == [row[2] for row in stored]
    code, printed = cape(statement, "--csv", *where)
    assert code == 0
    cells = list(csv.reader(io.StringIO(printed)))
    assert cells[0] == ["entry_number", "open_principal_usd", "blocking_rules"]
    assert [row[1] for row in cells[1:]] == ["" if row[1] is None else str(row[1]) for row in stored]


def test_the_printed_table_says_that_there_is_more(settings: Settings) -> None:
    code, printed = cape(
        "select entry_number from entries.eligibility", "--rows", "2", "--warehouse", str(settings.warehouse)
    )
    assert code == 0
    assert "the first 2 rows" in printed


def test_the_list_shows_every_question_with_what_it_asks() -> None:
    code, printed = cape("--list")
    assert code == 0
    assert all(question in printed for question in QUESTIONS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name one SELECT"),
        (("select 1", "--question", "short_refunds"), "name one SELECT"),
        (("--question", "unheard"), "--question unheard: there is no such question"),
        (("selekt",), "the question cannot be answered"),
    ],
)
def test_an_unusable_question_is_one_sentence(settings: Settings, arguments: tuple[str, ...], says: str) -> None:
    code, printed = cape(*arguments, "--warehouse", str(settings.warehouse))
    assert code == 2
    assert says in printed


def test_without_a_snapshot_the_sentence_says_how_to_make_one(tmp_path: Path) -> None:
    code, printed = cape("select 1", "--warehouse", str(tmp_path / "none.duckdb"))
    assert code == 2
    assert "no snapshot there" in printed
