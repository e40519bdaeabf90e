"""How values are written on the page: amounts, codes in words, headings."""

from datetime import date
from decimal import Decimal

import pytest

from cape_pipeline.contracts import fields as f
from cape_pipeline.report_page.words import MEANINGS, MOST_LISTED, heading, spelled, written


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("open_principal_usd", Decimal("1234567.80"), "1,234,567.80"),
        ("unexplained_usd", Decimal("-1180.25"), "-1,180.25"),
        ("open_principal_usd", Decimal("0.00"), "0.00"),
        ("entry_count", 20000, "20,000"),
        ("deadline_date", date(2026, 7, 20), "2026-07-20"),
        ("is_refiling", True, "yes"),
        ("is_refiling", False, "no"),
        ("recommended_path", "file_cape", "file CAPE"),
        ("recommended_path", "none", "nothing left to do"),
        ("stage", "protest_or_court", "protest or court"),
        ("file_name", "claim_details_999.csv", "claim_details_999.csv"),
        ("unattested_facts", ["drawback", "surety_paid"], "drawback, surety_paid"),
    ],
)
def test_a_value_is_written_as_people_read_it(column: str, value: object, text: str) -> None:
    assert written(column, value) == text


def test_a_long_list_says_how_many_more_it_holds() -> None:
    exact, over = (list(map(str, range(MOST_LISTED + more))) for more in (0, 1))
    assert "more" not in written("candidate_refunds", exact)
    assert written("candidate_refunds", over).endswith(" and 1 more")


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("refund_principal_usd", "Refund principal"),
        ("es022_usd", "ES-022"),
        ("is_ready_now", "Ready now"),
        ("next_deadline_date", "Next deadline"),
        ("liquidation_date", "Liquidation date"),
        ("file_cape_count", "File CAPE"),
        ("entry_count", "Entries"),
    ],
)
def test_a_heading_is_the_name_of_its_column_in_words(column: str, told: str) -> None:
    assert heading(column) == told


def test_every_reason_to_keep_an_entry_off_a_draft_says_what_to_do() -> None:
    assert set(MEANINGS["why"]) == set(f.UNDRAFTED_REASONS)


def test_every_kind_of_deadline_and_severity_has_words() -> None:
    assert set(f.DEADLINE_KINDS) - {"court"} == set(MEANINGS["deadline_kind"])
    assert set(f.ALERT_SEVERITIES) == set(MEANINGS["severity"])


def test_only_known_acronyms_are_spelled_in_capitals() -> None:
    assert spelled("withdraw_protest_then_cape") == "withdraw protest then CAPE"
    assert spelled("escape_cbp") == "escape CBP"
