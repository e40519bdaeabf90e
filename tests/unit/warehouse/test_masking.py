"""Masking: what identifies somebody is told by its last four characters or not at all, and nothing else is touched."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cape_pipeline.warehouse.contract import Field, TableContract
from cape_pipeline.warehouse.masking import HIDDEN, masked, masked_rows, masked_value


class People(TableContract):
    """One person."""

    fields = (
        Field("number", "VARCHAR", "Number", shown="last_four"),
        Field("name", "VARCHAR", "Name", shown="nothing"),
        Field("town", "VARCHAR", "Town"),
    )
    grain = ("number",)


@pytest.mark.parametrize(
    ("value", "shown", "told"),
    [
        ("12-3456789", "last_four", "…6789"),
        ("12345678", "last_four", "…5678"),
        ("1234567", "last_four", HIDDEN),  # its last four would be most of it
        ("1234", "last_four", HIDDEN),
        ("", "last_four", ""),
        (None, "last_four", None),
        (["12-3456789", "98-7654321"], "last_four", ["…6789", "…4321"]),
        ([], "last_four", []),
        (1234567890, "last_four", "…7890"),
        ("Acme", "nothing", HIDDEN),
        (None, "nothing", None),
        ("Acme", "whole", "Acme"),
        (Decimal("1.50"), "whole", Decimal("1.50")),
        (date(2026, 7, 20), "whole", date(2026, 7, 20)),
    ],
)
def test_a_value_is_told_as_its_column_allows(value: Any, shown: str, told: Any) -> None:
    assert masked_value(value, shown) == told


def test_a_row_is_masked_by_the_contract_of_its_table_and_other_columns_stay() -> None:
    row = {"number": "12-3456789", "name": "Acme", "town": "Troy", "times": 2}
    assert masked(row, People) == {"number": "…6789", "name": HIDDEN, "town": "Troy", "times": 2}
    assert masked_rows([row, row], People) == (masked(row, People),) * 2


def test_how_much_is_shown_is_no_promise_so_that_changing_it_builds_nothing_again() -> None:
    class Told(TableContract):
        """One person."""

        fields = tuple(field.in_full() for field in People.fields)
        grain = ("number",)

    assert Told.fingerprint() == People.fingerprint()
    assert [field.is_identifying for field in People.fields] == [True, True, False]
    assert People.fields[2].hidden().is_identifying
