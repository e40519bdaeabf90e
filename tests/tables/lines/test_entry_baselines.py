"""lines.entry_baselines: which version of an entry counts, and whether all of it was received."""

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.support.tables import put, rows_of
from tests.tables.ace.received import ENTRY, load_id, quarantined, readable, version
from tests.tables.promises import broken_promises

TABLE = "lines.entry_baselines"
ACCEPTED = date(2026, 4, 24)
BEFORE, AFTER = date(2026, 4, 23), date(2026, 4, 25)


def received(
    con: duckdb.DuckDBPyConnection,
    ordinal: int,
    run: date | None = BEFORE,
    ieepa: str | None = "100",
    *,
    partial: bool = False,
    **values: Any,
) -> None:
    """One version of the entry, in one file of the same number."""
    readable(con, ordinal, run=run)
    version(con, ordinal, ordinal, run=run)
    put(
        con,
        "ace.entry_versions",
        entry_number=ENTRY,
        version_ordinal=ordinal,
        report_run_date=run,
        is_partial=partial,
        ieepa_heading_duty_usd=None if ieepa is None else Decimal(ieepa),
        **{"entry_date": date(2025, 5, 14), **values},
    )


def claimed(
    con: duckdb.DuckDBPyConnection,
    outcome: str = "accepted",
    accepted: date | None = ACCEPTED,
    basis: str = "declarations",
    claim: str = "1",
    filed: date | None = None,
) -> None:
    """One outcome of a claim."""
    put(
        con,
        "ace.claim_outcomes",
        entry_number=ENTRY,
        claim_number=claim,
        claim_outcome=outcome,
        accepted_date=accepted,
        accepted_date_basis=basis,
        filed_date=filed,
    )


def one(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    (row,) = rows_of(con, TABLE)
    return row


def baseline(con: duckdb.DuckDBPyConnection) -> tuple[int | None, str]:
    row = one(con)
    return row["version_ordinal"], row["baseline_basis"]


# ---- which version --------------------------------------------------------------------------------------------------


def test_without_a_claim_the_newest_version_counts(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    received(con, 2, ieepa="90")
    assert baseline(con) == (2, "no_acceptance_newest")
    assert broken_promises(con, TABLE) == []


@pytest.mark.parametrize("outcome", ["failed", "unknown"])
def test_a_claim_that_is_not_accepted_changes_nothing(con: duckdb.DuckDBPyConnection, outcome: str) -> None:
    received(con, 1)
    received(con, 2, run=AFTER)
    claimed(con, outcome)
    assert baseline(con) == (2, "no_acceptance_newest")
    assert one(con)["accepted_date"] is None


@pytest.mark.parametrize(("run", "counts"), [(BEFORE, 2), (ACCEPTED, 1), (AFTER, 1)])
def test_the_newest_version_run_before_the_day_of_acceptance_counts(
    con: duckdb.DuckDBPyConnection, run: date, counts: int
) -> None:
    received(con, 1, run=date(2026, 4, 1))
    received(con, 2, run=run)
    claimed(con)
    assert baseline(con) == (counts, "before_acceptance")
    assert one(con)["accepted_date"] == ACCEPTED


def test_a_correction_that_removed_the_duty_before_acceptance_is_not_undone(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, run=date(2026, 4, 1))
    received(con, 2, ieepa="0")
    claimed(con)
    row = one(con)
    assert baseline(con) == (2, "before_acceptance")
    assert row["baseline_ieepa_heading_duty_usd"] == 0


def test_a_version_without_a_run_date_counts_as_run_before_acceptance(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, run=None)
    received(con, 2, run=AFTER, ieepa="0")
    claimed(con)
    assert baseline(con) == (1, "before_acceptance")


@pytest.mark.parametrize("basis", ["claim_details_run_date", "es701_liquidation_date", "es022_liquidation_date"])
def test_an_acceptance_date_that_is_only_a_proxy_is_called_one(con: duckdb.DuckDBPyConnection, basis: str) -> None:
    received(con, 1)
    claimed(con, basis=basis)
    assert baseline(con) == (1, "acceptance_date_proxy")


def test_of_several_acceptances_the_earliest_counts_with_its_own_basis(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, run=date(2026, 4, 1))
    received(con, 2, run=BEFORE)
    claimed(con, accepted=date(2026, 4, 22), basis="claim_details_run_date", claim="1")
    claimed(con, accepted=ACCEPTED, basis="declarations", claim="2")
    assert baseline(con) == (1, "acceptance_date_proxy")
    assert one(con)["accepted_date"] == date(2026, 4, 22)


@pytest.mark.parametrize("run", [ACCEPTED, AFTER])
def test_a_run_from_the_acceptance_on_serves_only_while_it_still_carries_the_duty(
    con: duckdb.DuckDBPyConnection, run: date
) -> None:
    received(con, 1, run=run)
    claimed(con)
    assert baseline(con) == (1, "later_run_still_carries_ieepa")


@pytest.mark.parametrize("ieepa", ["0", None])
def test_an_accepted_entry_seen_only_without_its_duty_has_no_baseline_and_no_amount(
    con: duckdb.DuckDBPyConnection, ieepa: str | None
) -> None:
    received(con, 1, run=AFTER, ieepa=ieepa, importer_number="12-3456789", entry_type_code="01")
    claimed(con)
    row = one(con)
    assert baseline(con) == (None, "none_es022_only")
    assert (row["baseline_ieepa_heading_duty_usd"], row["data_complete"]) == (None, False)
    assert (row["importer_number"], row["entry_type_code"]) == ("12-3456789", "01")
    assert row["entry_date"] == date(2025, 5, 14)
    assert broken_promises(con, TABLE) == []


def test_a_later_run_never_goes_before_one_from_before_acceptance(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, ieepa="0", partial=True)
    received(con, 2, run=AFTER, ieepa="100")
    claimed(con)
    assert baseline(con) == (1, "before_acceptance")


def test_where_the_day_of_acceptance_is_unknown_the_newest_version_with_duty_counts(
    con: duckdb.DuckDBPyConnection,
) -> None:
    received(con, 1, run=date(2026, 4, 1))
    received(con, 2, run=BEFORE)
    received(con, 3, run=AFTER, partial=True)
    received(con, 4, run=AFTER, ieepa="0")
    claimed(con, accepted=None, basis="unknown")
    assert baseline(con) == (2, "acceptance_date_proxy")


def test_an_entry_accepted_on_an_unknown_day_and_seen_only_without_duty_has_no_baseline(
    con: duckdb.DuckDBPyConnection,
) -> None:
    received(con, 1, ieepa="0")
    claimed(con, accepted=None, basis="unknown")
    row = one(con)
    assert baseline(con) == (None, "none_es022_only")
    assert (row["baseline_ieepa_heading_duty_usd"], row["newest_ieepa_heading_duty_usd"]) == (None, 0)


@pytest.mark.parametrize(
    ("filed", "counted"), [(AFTER, 2), (ACCEPTED, 2), (BEFORE, 1), (date(2026, 4, 1), 1), (None, 1)]
)
def test_a_version_run_before_the_filing_is_not_capes_own_whenever_it_was_accepted(
    con: duckdb.DuckDBPyConnection, filed: date | None, counted: int
) -> None:
    received(con, 1, run=date(2026, 3, 1))
    received(con, 2, run=BEFORE, ieepa="0")
    claimed(con, accepted=None, basis="unknown", filed=filed)
    assert one(con)["version_ordinal"] == counted


def test_of_two_acceptances_on_unknown_days_one_without_a_day_of_filing_may_be_the_first(
    con: duckdb.DuckDBPyConnection,
) -> None:
    received(con, 1, run=date(2026, 3, 1))
    received(con, 2, run=BEFORE, ieepa="0")
    claimed(con, accepted=None, basis="unknown", filed=AFTER)
    claimed(con, accepted=None, basis="unknown", claim="2")
    assert one(con)["version_ordinal"] == 1


@pytest.mark.parametrize("runs", [(BEFORE, AFTER), (AFTER, None), (date(2026, 1, 1), BEFORE)])
@pytest.mark.parametrize("duties", [("100", "0"), ("0", "100"), ("100", "50")])
def test_an_acceptance_after_every_version_that_is_read_chooses_as_if_there_were_none(
    con: duckdb.DuckDBPyConnection, runs: tuple[date | None, ...], duties: tuple[str, ...]
) -> None:
    for ordinal, (run, duty) in enumerate(zip(runs, duties, strict=True), start=1):
        received(con, ordinal, run=run, ieepa=duty)
    without = one(con)
    claimed(con, accepted=date(2026, 5, 1), filed=date(2026, 4, 30))
    told = ("accepted_date", "baseline_basis")
    assert {**one(con), **dict.fromkeys(told)} == {**without, **dict.fromkeys(told)}


def test_a_partial_version_counts_only_where_there_is_no_other(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, partial=True)
    assert baseline(con) == (1, "no_acceptance_newest")
    received(con, 2)
    received(con, 3, partial=True, tariff_row_count=9)
    assert baseline(con) == (2, "no_acceptance_newest")


def test_of_versions_that_are_all_partial_the_fullest_counts_and_then_the_newest(
    con: duckdb.DuckDBPyConnection,
) -> None:
    for ordinal, rows in enumerate((3, 4, 4, 2), 1):
        received(con, ordinal, partial=True, tariff_row_count=rows)
    assert baseline(con) == (3, "no_acceptance_newest")


def test_the_newest_whole_version_counts_however_many_rows_an_older_one_has(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, tariff_row_count=9)
    received(con, 2, tariff_row_count=2)
    assert baseline(con) == (2, "no_acceptance_newest")


# ---- vanished duty --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lost", "basis"), [(True, "ieepa_vanished"), (False, "no_acceptance_newest")])
@pytest.mark.parametrize("ieepa", ["0", None])
def test_duty_has_vanished_where_the_baseline_lost_it_without_a_correction(
    con: duckdb.DuckDBPyConnection, basis: str, ieepa: str | None, *, lost: bool
) -> None:
    received(con, 1)
    received(con, 2, run=AFTER, ieepa=ieepa, has_lost_ieepa_duty=lost)
    assert baseline(con) == (2, basis)


def test_duty_that_another_version_lost_has_not_vanished_from_the_baseline(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    received(con, 2, ieepa="0", has_lost_ieepa_duty=True)
    received(con, 3)
    assert baseline(con) == (3, "no_acceptance_newest")


@pytest.mark.parametrize(("ieepa", "basis"), [("100", "ieepa_vanished"), ("0", "no_acceptance_newest")])
def test_duty_that_only_a_newer_partial_version_has_is_missing_from_the_baseline(
    con: duckdb.DuckDBPyConnection, ieepa: str, basis: str
) -> None:
    received(con, 1, ieepa="0")
    received(con, 2, ieepa=ieepa, partial=True)
    assert baseline(con) == (1, basis)


def test_duty_that_became_less_has_not_vanished(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    received(con, 2, ieepa="0.01")
    row = one(con)
    assert row["baseline_basis"] == "no_acceptance_newest"
    assert row["newest_ieepa_heading_duty_usd"] == Decimal("0.01")


def test_duty_that_never_was_there_has_not_vanished(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, ieepa="0")
    received(con, 2, ieepa="0")
    assert baseline(con) == (2, "no_acceptance_newest")


def test_duty_seen_only_after_acceptance_has_not_vanished_before_it(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, ieepa="0")
    received(con, 2, run=AFTER)
    claimed(con)
    assert baseline(con) == (1, "before_acceptance")


def test_what_cape_removed_is_seen_in_the_newest_version(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    received(con, 2, run=AFTER, ieepa="0")
    claimed(con)
    row = one(con)
    assert (row["baseline_ieepa_heading_duty_usd"], row["newest_ieepa_heading_duty_usd"]) == (100, 0)
    assert row["report_run_date"] == BEFORE


# ---- completeness ---------------------------------------------------------------------------------------------------


def test_a_version_with_all_its_rows_is_complete(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    assert one(con)["data_complete"]


def test_a_partial_baseline_makes_the_entry_incomplete_and_another_partial_version_does_not(
    con: duckdb.DuckDBPyConnection,
) -> None:
    received(con, 1, partial=True)
    assert not one(con)["data_complete"]
    received(con, 2)
    assert one(con)["data_complete"]


def test_the_hash_of_the_rows_is_that_of_the_baseline(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, rows_hash="1")
    received(con, 2, rows_hash="2", partial=True)
    assert one(con)["rows_hash"] == "1"


def test_a_quarantined_row_of_the_baseline_makes_the_entry_incomplete(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    quarantined(con, 1)
    assert not one(con)["data_complete"]


def test_a_quarantined_row_of_another_version_does_not(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    received(con, 2)
    quarantined(con, 1)
    assert one(con)["data_complete"]


def test_a_quarantined_row_in_a_file_that_gave_the_entry_no_row_makes_it_incomplete(
    con: duckdb.DuckDBPyConnection,
) -> None:
    received(con, 1)
    readable(con, 2)
    quarantined(con, 2)
    assert not one(con)["data_complete"]


@pytest.mark.parametrize(
    ("run", "complete"), [(date(2026, 4, 22), True), (BEFORE, False), (date(2026, 4, 24), False), (None, False)]
)
def test_a_quarantined_row_of_an_older_run_that_gave_no_other_does_not(
    con: duckdb.DuckDBPyConnection, run: date | None, *, complete: bool
) -> None:
    received(con, 1, run=BEFORE)
    readable(con, 2, run=run)
    quarantined(con, 2)
    assert one(con)["data_complete"] is complete


def test_a_quarantined_row_of_another_report_entry_or_unread_file_does_not(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1)
    readable(con, 2, "ES-022")
    quarantined(con, 2, report="ES-022")
    quarantined(con, 1, entry="ABC12345684")
    quarantined(con, 3)
    found = {row["entry_number"]: row["data_complete"] for row in rows_of(con, TABLE)}
    assert found == {ENTRY: True, "ABC12345684": False}


# ---- entries known from elsewhere -----------------------------------------------------------------------------------


def test_an_entry_of_which_every_row_was_quarantined_is_not_lost(con: duckdb.DuckDBPyConnection) -> None:
    readable(con, 1)
    quarantined(con, 1)
    quarantined(con, 1, entry=None)
    row = one(con)
    assert (row["entry_number"], row["partition_month"], row["entry_month"]) == (ENTRY, "undated", "undated")
    assert (row["version_ordinal"], row["data_complete"], row["filer_code"]) == (None, False, "ABC")


def test_an_entry_known_only_from_a_claim_or_from_es_022_is_not_lost(con: duckdb.DuckDBPyConnection) -> None:
    claimed(con, accepted=None, basis="unknown")
    readable(con, 1, "ES-022")
    put(
        con,
        "ace.es022_entries",
        load_id=load_id(1),
        entry_number="ABC12345684",
        importer_number="12-3456789",
        importer_key="123456789",
        entry_date=date(2025, 7, 1),
    )
    first, second = rows_of(con, TABLE)
    assert (first["baseline_basis"], first["entry_date"]) == ("none_es022_only", None)
    assert (second["baseline_basis"], second["entry_date"]) == ("none_es022_only", date(2025, 7, 1))
    assert (second["importer_key"], second["partition_month"]) == ("123456789", "2025-07")


def test_an_es_022_that_may_not_be_read_makes_no_entry_known(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "ace.es022_entries", load_id=load_id(1), entry_number=ENTRY)
    assert rows_of(con, TABLE) == []


def test_what_the_baseline_leaves_out_comes_from_the_newest_version_and_then_from_es_022(
    con: duckdb.DuckDBPyConnection,
) -> None:
    received(con, 1, importer_number="12-3456789", importer_key="123456789", entry_date=None)
    received(
        con,
        2,
        run=AFTER,
        ieepa="0",
        importer_number="99-9999999",
        importer_key="999999999",
        entry_type_code="01",
        entry_date=None,
    )
    claimed(con)
    readable(con, 3, "ES-022")
    put(
        con,
        "ace.es022_entries",
        load_id=load_id(3),
        entry_number=ENTRY,
        importer_number="88-8888888",
        importer_key="888888888",
        entry_date=date(2025, 7, 1),
    )
    row = one(con)
    assert (row["importer_number"], row["importer_key"]) == ("12-3456789", "123456789")
    assert (row["entry_type_code"], row["entry_date"]) == ("01", date(2025, 7, 1))


# ---- lines of a broker's list ---------------------------------------------------------------------------------------


def listed(con: duckdb.DuckDBPyConnection, load: int = 7, run: date | None = BEFORE, **values: Any) -> None:
    """One line of the list that counts, in a readable file."""
    readable(con, load, "BROKER-LINES", run)
    put(
        con,
        "ace.current_broker_lines",
        **{
            "entry_number": ENTRY,
            "load_id": load_id(load),
            "load_number": load,
            "report_run_date": run,
            "importer_number": "77-7777777",
            "importer_key": "777777777",
            "entry_type_code": "01",
            "entry_date": date(2025, 6, 2),
            "hts_number": "6109100010",
            "paid_duty_usd": Decimal(100),
            **values,
        },
    )


def test_an_entry_known_only_from_a_list_has_no_version_and_is_complete(con: duckdb.DuckDBPyConnection) -> None:
    listed(con)
    row = one(con)
    assert (row["version_ordinal"], row["baseline_basis"], row["data_complete"]) == (None, "broker_lines", True)
    assert (row["importer_key"], row["entry_type_code"], row["partition_month"]) == ("777777777", "01", "2025-06")
    assert row["report_run_date"] == BEFORE
    assert broken_promises(con, TABLE) == []


def test_a_version_of_the_entry_goes_before_every_list(con: duckdb.DuckDBPyConnection) -> None:
    received(con, 1, importer_key="123456789")
    listed(con, run=AFTER)
    quarantined(con, 7, report="BROKER-LINES")
    row = one(con)
    assert (row["version_ordinal"], row["baseline_basis"], row["importer_key"]) == (
        1,
        "no_acceptance_newest",
        "123456789",
    )
    assert row["data_complete"] is True


def test_where_no_version_can_count_a_list_does(con: duckdb.DuckDBPyConnection) -> None:
    """After acceptance ES-003 no longer has the IEEPA rows; the list states what was paid."""
    received(con, 1, run=AFTER, ieepa="0")
    claimed(con)
    assert baseline(con) == (None, "none_es022_only")
    listed(con)
    assert baseline(con) == (None, "broker_lines")


def test_an_accepted_entry_keeps_the_amounts_of_its_list(con: duckdb.DuckDBPyConnection) -> None:
    claimed(con)
    listed(con, run=AFTER)
    row = one(con)
    assert (row["baseline_basis"], row["accepted_date"], row["data_complete"]) == ("broker_lines", ACCEPTED, True)


def test_a_list_that_lacks_lines_of_an_older_one_is_not_complete(con: duckdb.DuckDBPyConnection) -> None:
    listed(con, has_lost_lines=True)
    assert one(con)["data_complete"] is False


@pytest.mark.parametrize(
    ("load", "run", "complete"),
    [(7, BEFORE, False), (8, BEFORE, False), (6, AFTER, False), (6, BEFORE, True), (8, None, True)],
)
def test_rows_set_aside_of_the_list_or_of_a_newer_one_make_it_incomplete(
    con: duckdb.DuckDBPyConnection, load: int, run: date | None, *, complete: bool
) -> None:
    listed(con)
    if load != 7:
        readable(con, load, "BROKER-LINES", run)
    quarantined(con, load, report="BROKER-LINES")
    assert one(con)["data_complete"] is complete


def test_an_entry_of_which_a_list_gave_only_unusable_rows_is_known_and_incomplete(
    con: duckdb.DuckDBPyConnection,
) -> None:
    readable(con, 7, "BROKER-LINES")
    quarantined(con, 7, report="BROKER-LINES")
    row = one(con)
    assert (row["baseline_basis"], row["data_complete"]) == ("none_es022_only", False)


@pytest.mark.parametrize(
    "change",
    [
        {"paid_duty_usd": Decimal(101)},
        {"ieepa_duty_usd": Decimal(0)},
        {"column_1_rate_filed": "4%"},
        {"line_spi_code": "S"},
        {"country_of_origin": "CN"},
        {"hts_number": "6109100012"},
        {"goods_value_usd": Decimal(5)},
        {"section_232_duty_usd": Decimal(1)},
        {"source_row": 9},
    ],
)
def test_the_hash_of_a_listed_entry_changes_with_what_its_split_reads(
    con: duckdb.DuckDBPyConnection, change: dict[str, Any]
) -> None:
    listed(con)
    before = one(con)["rows_hash"]
    con.execute("delete from ace.current_broker_lines")
    con.execute("delete from ace.readable_loads")
    listed(con, **change)
    assert before is not None
    assert one(con)["rows_hash"] != before


# ---- months ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry_date", "partition_month", "entry_month"),
    [
        (date(2024, 12, 31), "2025-01", "2024-12"),
        (date(2025, 1, 1), "2025-01", "2025-01"),
        (date(2026, 2, 28), "2026-02", "2026-02"),
        (date(2028, 12, 31), "2028-12", "2028-12"),
        (date(2029, 1, 1), "2028-12", "2029-01"),
        (None, "undated", "undated"),
    ],
)
def test_every_entry_is_built_with_a_month(
    con: duckdb.DuckDBPyConnection, entry_date: date | None, partition_month: str, entry_month: str
) -> None:
    received(con, 1, entry_date=entry_date)
    row = one(con)
    assert (row["partition_month"], row["entry_month"]) == (partition_month, entry_month)
