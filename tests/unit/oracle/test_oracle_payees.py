"""The oracle's own payees, each case worked by hand from the practice notes."""

from datetime import date
from typing import Any

import pytest

from tests.support.oracle.payees import holds, number_key, payee_of

DAY = date(2026, 7, 20)
ENTRY: dict[str, Any] = {"importer_number": "12-3456789"}


@pytest.mark.parametrize(
    ("number", "key"),
    [("12-345678900", "123456789"), ("12-3456789 00", "123456789"), ("12-3456789AB", "123456789AB"), (None, None)],
)
def test_numbers_lose_separators_and_the_suffix_of_none(number: str | None, key: str | None) -> None:
    assert number_key(number) == key


@pytest.mark.parametrize(("last", "answer"), [(date(2023, 7, 20), True), (date(2023, 7, 19), False)])
def test_three_years_without_a_transaction_end_a_designation(last: date, *, answer: bool) -> None:
    assert holds({"payee_number": "N", "last_transaction_date": last}, DAY) is answer


def test_the_evidence_is_taken_in_the_order_of_the_notes() -> None:
    entry = ENTRY | {"box28_number": "N", "rev603_payee_number": "R", "es022_payee_number": "E"}
    rows = [{"payee_number": "N"}]
    assert payee_of(entry, rows, None, DAY)["payee_basis"] == "es022"
    assert payee_of(entry | {"es022_payee_number": None}, rows, None, DAY)["payee_key"] == "R"
    assert payee_of(ENTRY | {"box28_number": "N"}, rows, None, DAY)["payee_basis"] == "designated"
    assert payee_of(ENTRY, rows, None, DAY)["candidate_keys"] == ["123456789", "N"]
    assert payee_of(ENTRY | {"is_box28_stated": True}, rows, None, DAY)["payee_basis"] == "importer"
    assert payee_of(ENTRY, [], "D", DAY)["payee_key"] == "D"
