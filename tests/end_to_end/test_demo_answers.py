"""The demonstration exports, whose answers are known by construction, through the whole pipeline."""

from pathlib import Path

import duckdb
import pytest

from cape_pipeline.declaration_check.checking import check_declaration
from cape_pipeline.declaration_check.drafts import checked_drafts
from cape_pipeline.declaration_check.received import received_text
from cape_pipeline.declaration_check.rules import FILE, shipped_rules
from cape_pipeline.demo import DemoSet, write_demo


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoSet, Path]:
    folder = tmp_path_factory.mktemp("demo")
    return write_demo(folder), folder


@pytest.fixture(scope="module")
def con(demo_tables: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    return demo_tables


def differences(
    con: duckdb.DuckDBPyConnection, answers: object, key: tuple[str, ...], columns: dict[str, str], source: str
) -> list[str]:
    """Where a table differs from the answers; an answer of None is not fixed by the demonstration."""
    names = list(columns)
    rows = con.execute(f"select {', '.join((*key, *columns.values()))} from {source}").fetchall()
    found = {row[: len(key)]: dict(zip(names, row[len(key) :], strict=True)) for row in rows}
    told = []
    for answer in answers:  # type: ignore[attr-defined]
        at = tuple(getattr(answer, name) for name in key)
        if at not in found:
            told.append(f"{at} is missing")
            continue
        for name in names:
            wanted = getattr(answer, name)
            if wanted is not None and found[at][name] != wanted:
                told.append(f"{at} {name}: {found[at][name]} instead of {wanted}")
    return told


def test_every_line_is_split_as_it_was_made(con: duckdb.DuckDBPyConnection, written: tuple[DemoSet, Path]) -> None:
    columns = {
        "paid_usd": "paid_duty_usd",
        **{
            name: name
            for name in (
                "ieepa_low_usd",
                "ieepa_high_usd",
                "undetermined_usd",
                "section_232_usd",
                "section_301_usd",
                "section_122_usd",
                "other_chapter99_usd",
                "column_1_usd",
            )
        },
    }
    lines = written[0].answers.lines
    assert len(lines) > 200
    assert differences(con, lines, ("entry_number", "line_number"), columns, "lines.duty_splits") == []


def test_every_entry_stands_where_it_was_meant_to(
    con: duckdb.DuckDBPyConnection, written: tuple[DemoSet, Path]
) -> None:
    columns = {
        "cape_status": "cape_status",
        "recommended_path": "recommended_path",
        "refund_principal_usd": "answers.refund_principal_usd",
        "refund_principal_high_usd": "answers.refund_principal_high_usd",
        "payee_number": "answers.payee_number",
        "deposit_date": "facts.deposit_date",
        "deposit_date_basis": "facts.deposit_date_basis",
        "claim_number": "answers.claim_number",
        "accepted_date": "answers.accepted_date",
        "refund_number": "answers.refund_number",
        "interest_end_date": "accrual_end_date",
        "interest_end_basis": "accrual_end_basis",
        "interest_usd": "interest_usd",
    }
    source = (
        "entries.eligibility as answers join entries.case_facts as facts using (entry_number)"
        " left join refunds.interest_accruals as accruals using (entry_number)"
    )
    entries = written[0].answers.entries
    assert len(entries) > 150
    assert differences(con, entries, ("entry_number",), columns, source) == []


def test_every_batch_holds_what_it_was_given(con: duckdb.DuckDBPyConnection, written: tuple[DemoSet, Path]) -> None:
    names = ("liquidation_basis", "entry_count", "declaration_count", "principal_usd", "interest_usd", "total_usd")
    batches = written[0].answers.batches
    assert len(batches) > 10
    assert (
        differences(con, batches, ("payee_number", "liquidation_date"), {n: n for n in names}, "refunds.refund_batches")
        == []
    )


def test_every_cape_refund_is_matched_as_it_was_paid(
    con: duckdb.DuckDBPyConnection, written: tuple[DemoSet, Path]
) -> None:
    names = (
        "match_status",
        "expected_usd",
        "es022_usd",
        "rev603_usd",
        "deposited_usd",
        "rejected_usd",
        "bank_credit_count",
    )
    refunds = [refund for refund in written[0].answers.refunds if refund.refund_type in (None, "CAPE")]
    assert len(refunds) > 10
    source = "payments.rev603_reconciliation"
    assert differences(con, refunds, ("refund_number",), {name: name for name in names}, source) == []


def test_refunds_of_other_types_are_listed_apart(con: duckdb.DuckDBPyConnection, written: tuple[DemoSet, Path]) -> None:
    others = {refund.refund_number for refund in written[0].answers.refunds if refund.refund_type == "Drawback"}
    listed = {number for (number,) in con.execute("select refund_number from payments.other_refunds").fetchall()}
    assert listed == others != set()


def test_every_draft_passes_the_check_that_cape_check_makes(con: duckdb.DuckDBPyConnection) -> None:
    drafts = checked_drafts(con, "crlf")
    assert drafts
    for name, content in drafts.items():
        result = check_declaration(con, received_text(name, content), shipped_rules(), has_warehouse=True)
        assert result.number_count == len(content.splitlines()) - 1
        assert result.rejects == (), name
        of_file = {finding.rule.rule_id for finding in result.findings if finding.rule.family == FILE}
        assert of_file == {"VAL-F-04"}, name
