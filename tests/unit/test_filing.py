"""Who submits and what somebody vouches for, as the command line says it and as the exports folder keeps it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.ace import inspect_file
from cape_pipeline.assets.registry import publish_submitters
from cape_pipeline.contracts.ace import ATTESTED_FACTS
from cape_pipeline.filing import (
    Attestation,
    Submitter,
    UnusableFilingChoice,
    as_attestation,
    as_submitters,
    record_attestation,
)
from cape_pipeline.run import Request, UnusableRequest, check_request
from tests.support.pipeline import empty_warehouse

DAY = date(2026, 7, 20)
DRAWBACK = Attestation(("drawback",), "A. Broker", DAY)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as connection:
        yield connection


def submitters(con: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    columns = "submitter_order, submitter_type, submitter_id, submitter_key"
    return con.execute(f"select {columns} from registry.chosen_submitters order by all").fetchall()


# ---- submitters ---------------------------------------------------------------------------------------------------


def test_submitters_are_read_in_their_order_and_none_is_named_by_an_empty_text() -> None:
    assert as_submitters("importer:12-3456789, broker:abc") == (
        Submitter("importer", "12-3456789"),
        Submitter("broker", "ABC"),
    )
    assert as_submitters("") == as_submitters(" , ") == ()


@pytest.mark.parametrize(
    "text",
    ["ABC", "broker", "broker:", "broker:AB", "broker:ABCD", "agent:ABC", "importer:", "importer:12", "x:12-3456789"],
)
def test_a_submitter_of_another_form_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(UnusableFilingChoice, match="write importer:NUMBER"):
        as_submitters(text)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    try:
        told = as_submitters(text)
    except UnusableFilingChoice:
        return
    assert as_submitters(",".join(str(one) for one in told)) == told


def test_chosen_submitters_are_stored_with_the_key_that_joins_use(con: duckdb.DuckDBPyConnection) -> None:
    publish_submitters(con, as_submitters("importer:12-3456789 00,broker:ABC,importer:36-9998887AB"))
    assert submitters(con) == [
        (1, "importer", "12-3456789 00", "123456789"),
        (2, "broker", "ABC", "ABC"),
        (3, "importer", "36-9998887AB", "369998887AB"),
    ]


def test_two_spellings_of_one_importer_are_one_submitter(con: duckdb.DuckDBPyConnection) -> None:
    publish_submitters(con, as_submitters("importer:12-3456789,importer:123456789,broker:ABC,broker:abc"))
    assert [row[1:3] for row in submitters(con)] == [("importer", "12-3456789"), ("broker", "ABC")]


def test_naming_nobody_takes_the_choice_back(con: duckdb.DuckDBPyConnection) -> None:
    publish_submitters(con, as_submitters("broker:ABC"))
    publish_submitters(con, ())
    assert submitters(con) == []


# ---- attestations -------------------------------------------------------------------------------------------------


def test_an_attestation_names_its_facts_who_vouches_and_when() -> None:
    told = as_attestation("drawback, surety_paid,drawback", " A. Broker ", DAY, accepts_stale=True)
    assert told == Attestation(("drawback", "surety_paid", "stale_status"), "A. Broker", DAY)


def test_nothing_is_vouched_for_where_nothing_is_named() -> None:
    assert as_attestation("", "", DAY) is None


@pytest.mark.parametrize("arguments", [("drawback", "", False), ("drawback", "  ", False), ("", "", True)])
def test_nothing_is_vouched_for_by_nobody(arguments: tuple[str, str, bool]) -> None:
    facts, by, accepts_stale = arguments
    with pytest.raises(UnusableFilingChoice, match="--attested-by NAME"):
        as_attestation(facts, by, DAY, accepts_stale=accepts_stale)


def test_an_unknown_fact_is_refused_with_the_list_of_those_there_are() -> None:
    with pytest.raises(UnusableFilingChoice, match=r"paid_in_full: the facts .* are drawback, surety_paid"):
        as_attestation("drawback,paid_in_full", "A. Broker", DAY)


def test_an_attestation_is_written_where_it_is_loaded_from_like_any_other_reference_file(tmp_path: Path) -> None:
    path = record_attestation(tmp_path, Attestation(("drawback", "stale_status"), 'A. "Broker", jr.', DAY))
    assert path.read_text(encoding="utf-8") == (
        "fact,importer_number,entry_number,attested_by,attested_on,evidence\n"
        'drawback,,,"A. ""Broker"", jr.",2026-07-20,\n'
        'stale_status,,,"A. ""Broker"", jr.",2026-07-20,\n'
    )
    assert path.read_bytes().count(b"\r\n") == 3
    assert inspect_file(path).report_code == "ATTESTATIONS"
    assert [left.name for left in tmp_path.iterdir()] == ["attestations.csv"]


def test_the_same_attestation_is_recorded_once_and_others_are_added_to_what_stands(tmp_path: Path) -> None:
    mine = tmp_path / "attestations.csv"
    mine.write_text(
        "attested_by,fact,attested_on,evidence\nA. Broker,surety_paid,2026-07-01,letter\n", encoding="utf-8"
    )
    for attestation in (DRAWBACK, DRAWBACK, Attestation(("drawback",), "B. Broker", DAY)):
        record_attestation(tmp_path, attestation)
    assert mine.read_text(encoding="utf-8").splitlines()[1:] == [
        "surety_paid,,,A. Broker,2026-07-01,letter",
        "drawback,,,A. Broker,2026-07-20,",
        "drawback,,,B. Broker,2026-07-20,",
    ]


def test_a_file_with_other_columns_is_left_as_it_is(tmp_path: Path) -> None:
    mine = tmp_path / "attestations.csv"
    mine.write_text("fact,attested_by,attested_on,note\n", encoding="utf-8")
    with pytest.raises(UnusableFilingChoice, match="note"):
        record_attestation(tmp_path, DRAWBACK)
    assert mine.read_text(encoding="utf-8") == "fact,attested_by,attested_on,note\n"


def test_a_folder_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnusableFilingChoice, match="cannot be written"):
        record_attestation(tmp_path / "nowhere", DRAWBACK)


def test_every_fact_of_the_vocabulary_can_be_vouched_for() -> None:
    told = as_attestation(",".join(ATTESTED_FACTS), "A. Broker", DAY)
    assert told is not None
    assert told.facts == ATTESTED_FACTS


# ---- requests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [{"submitters": "broker:ABC"}, {"attestation": DRAWBACK}])
def test_what_changes_the_drafts_is_not_asked_for_a_part_of_the_tables(asked: dict[str, object]) -> None:
    check_request(Request(**asked))
    with pytest.raises(UnusableRequest, match="cannot be combined with --only"):
        check_request(Request(only="refunds", **asked))


def test_a_submitter_that_cannot_be_read_is_an_unusable_request() -> None:
    with pytest.raises(UnusableRequest, match="write importer:NUMBER"):
        check_request(Request(submitters="ABC"))
