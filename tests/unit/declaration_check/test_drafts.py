"""The drafts of a run: the bytes that are written pass every rule, and one that does not stops them all."""

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cape_pipeline.declaration_check.drafts import CHOSEN, UnusableDraft, checked_drafts, declaration_bytes
from cape_pipeline.outputs import write_files
from cape_pipeline.registry.load import load_registry
from cape_pipeline.settings import LINE_ENDINGS, project_files
from tests.support.tables import empty_tables, put, settled
from tests.unit.declaration_check.declarations import checked, number, numbers

AS_OF = date(2026, 7, 20)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_tables() as con:
        put(con, "registry.as_of", as_of_date=AS_OF)
        con.register("seeded", load_registry(project_files("registry_seeds"))["registry.validation_rules"])
        con.execute("insert into registry.validation_rules by name select * from seeded")
        con.unregister("seeded")
        yield con


def draft(con: duckdb.DuckDBPyConnection, name: str, *entry_numbers: str) -> None:
    declaration_id = f"draft-{name}"
    put(con, "refunds.declarations", declaration_id=declaration_id, file_name=f"{name}.csv", status="drafted")
    for row_number, entry_number in enumerate(entry_numbers, start=1):
        put(
            con,
            "refunds.declaration_entries",
            declaration_id=declaration_id,
            entry_number=entry_number,
            row_number=row_number,
            claim_outcome="unknown",
        )


entry_numbers = st.builds(number, st.integers(0, 9_999_999), st.from_regex(r"[A-Z0-9]{3}", fullmatch=True))


@given(
    drafted=st.lists(entry_numbers, min_size=1, max_size=30, unique=True), line_ending=st.sampled_from(["crlf", "lf"])
)
def test_any_file_made_of_right_numbers_passes_every_rule_of_the_file(drafted: list[str], line_ending: str) -> None:
    file = declaration_bytes(drafted, line_ending)
    assert [finding.rule.rule_id for finding in checked(file).findings] == ([CHOSEN] if line_ending == "crlf" else [])
    assert file.decode("ascii").split(LINE_ENDINGS[line_ending]) == ["Entry Number", *drafted, ""]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drafted=st.lists(entry_numbers, min_size=1, max_size=12, unique=True), files=st.integers(1, 3))
def test_any_draft_the_pipeline_makes_is_handed_on_in_its_order(
    con: duckdb.DuckDBPyConnection, drafted: list[str], files: int
) -> None:
    con.execute("delete from refunds.declarations")
    con.execute("delete from refunds.declaration_entries")
    shares = {f"file{n}": drafted[n::files] for n in range(files) if drafted[n::files]}
    for name, share in shares.items():
        draft(con, name, *share)
    made = checked_drafts(con, "crlf")
    assert made == {f"{name}.csv": declaration_bytes(share, "crlf") for name, share in shares.items()}


def test_a_full_draft_passes_and_one_number_more_is_refused() -> None:
    drafted = numbers(10_000)
    assert checked(declaration_bytes(drafted[:9_999], "lf")).findings == ()
    assert [finding.rule.rule_id for finding in checked(declaration_bytes(drafted, "lf")).findings] == ["VAL-F-08"]


@pytest.mark.parametrize(
    ("drafted", "sentence"),
    [
        (["ABC12345670"], r"one\.csv: no draft was written, because row 2: VAL-F-12 \(reject\): .* expected 6"),
        (["ABC-1234567-6"], r"one\.csv: no draft was written, because row 2: VAL-F-14 \(warn\): dashes"),
        (["ABC1234567"], r"one\.csv: no draft was written, because row 2: VAL-F-10 \(reject\)"),
    ],
)
def test_a_draft_that_breaks_a_rule_stops_all_of_them(
    con: duckdb.DuckDBPyConnection, drafted: list[str], sentence: str
) -> None:
    draft(con, "one", *drafted)
    draft(con, "two", number(1))
    with pytest.raises(UnusableDraft, match=sentence):
        checked_drafts(con, "crlf")


def test_an_entry_on_two_drafts_stops_them(con: duckdb.DuckDBPyConnection) -> None:
    draft(con, "one", number(1))
    draft(con, "two", number(2), number(1))
    with pytest.raises(UnusableDraft, match=r"all drafts as one: .* row 4: VAL-F-13"):
        checked_drafts(con, "crlf")


def test_a_draft_that_its_submitter_may_not_file_stops_them(con: duckdb.DuckDBPyConnection) -> None:
    draft(con, "one", number(1))
    con.execute("update refunds.declarations set submitter_type = 'broker', submitter_id = 'XYZ'")
    with pytest.raises(UnusableDraft, match=r"one\.csv: .* row 2: VAL-I-02 \(reject\): filer code ABC, submitter XYZ"):
        checked_drafts(con, "crlf")


def test_an_entry_that_cbp_refuses_stops_the_drafts(con: duckdb.DuckDBPyConnection) -> None:
    draft(con, "one", number(1))
    put(con, "entries.eligibility_decisions", entry_number=number(1), cape_status="accepted")
    put(con, "entries.rule_outcomes", entry_number=number(1), already_accepted="fail")
    with pytest.raises(UnusableDraft, match="VAL-E-03"):
        checked_drafts(con, "crlf")


def test_only_drafts_are_written(con: duckdb.DuckDBPyConnection) -> None:
    assert checked_drafts(con, "crlf") == {}
    put(con, "refunds.declarations", declaration_id="100000000001", file_name="old.csv", status="accepted")
    put(con, "refunds.declaration_entries", declaration_id="100000000001", entry_number=number(1), row_number=1)
    assert checked_drafts(con, "crlf") == {}


def test_no_draft_is_written_unjudged(con: duckdb.DuckDBPyConnection) -> None:
    draft(con, "one", number(1))
    con.execute("delete from registry.validation_rules")
    with pytest.raises(UnusableDraft, match="no draft can be checked"):
        checked_drafts(con, "crlf")


def test_nothing_is_written_where_a_draft_breaks_a_rule(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    draft(con, "one", "ABC12345670")
    with pytest.raises(UnusableDraft):
        write_files(con, tmp_path / "out", "crlf")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line_ending", ["crlf", "lf"])
def test_drafts_are_written_with_the_line_end_that_is_set(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, line_ending: str
) -> None:
    draft(con, "one", number(1), number(2))
    end = LINE_ENDINGS[line_ending].encode()
    expected = end.join([b"Entry Number", number(1).encode(), number(2).encode(), b""])
    con.execute("update refunds.declarations set file_sha256 = ?", [hashlib.sha256(expected).hexdigest()])
    with settled(con):
        write_files(con, tmp_path, line_ending)
    written = (tmp_path / "declarations" / "one.csv").read_bytes()
    assert written == expected
    assert hashlib.sha256(written).hexdigest() in (tmp_path / "manifest.csv").read_text()
