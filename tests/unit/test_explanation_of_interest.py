"""What `cape explain` prints of interest: an ordinary entry in few words, several deposits and late payment in full."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from rich.console import Console

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.explanation import print_explanation

DAY, LATER = date(2025, 5, 15), date(2025, 6, 23)


def row_of(table_id: str, **told: Any) -> dict[str, Any]:
    return dict.fromkeys(CONTRACTS[table_id].column_names()) | told


def part(sequence: int = 1, **told: Any) -> dict[str, Any]:
    given = {
        "entry_number": "MYK01010039",
        "deposit_sequence": sequence,
        "principal_usd": Decimal("100000.00"),
        "deposit_date": DAY,
        "deposit_date_basis": "user_fact",
        "deposit_earliest_date": DAY,
        "deposit_latest_date": DAY,
        "interest_start_rule": "payment_date",
        "is_interest_for_review": False,
        "interest_usd": Decimal("6430.69"),
        "interest_high_usd": Decimal("6430.69"),
        "is_rate_carried_forward": False,
        **told,
    }
    return row_of("refunds.interest_accruals", **given)


def printed(**sections: list[dict[str, Any]]) -> str:
    told: dict[str, Any] = defaultdict(list, entry_number="MYK01010039", **sections)
    file = StringIO()
    print_explanation(Console(file=file, width=44, color_system=None), told)
    return " ".join(file.getvalue().split())


def test_an_ordinary_entry_shows_neither_a_sequence_nor_a_range_nor_a_warning() -> None:
    text = printed(interest=[part()])
    assert "6,430.69" in text
    for word in ("sequence", "earliest", "latest", "high", "review", "carried", "payment_date"):
        assert word not in text


def test_several_deposits_show_which_is_which_and_that_a_person_must_look() -> None:
    rows = [
        part(n, interest_start_rule="listed_deposits", is_interest_for_review=True, deposit_kind=kind)
        for n, kind in ((1, "original"), (2, "psc"))
    ]
    segments = [row_of("refunds.interest_segments", deposit_sequence=n, quarter_start=DAY) for n in (1, 2)]
    text = printed(interest=rows, interest_segments=segments)
    assert "deposit sequence 2" in text
    assert text.count("deposit sequence") == 3  # each deposit, and the column of the quarters
    assert "psc" in text
    assert "listed_deposits" in text
    assert "is interest for review True" in text


def test_a_range_is_shown_on_both_its_sides() -> None:
    text = printed(interest=[part(deposit_latest_date=LATER, interest_usd=Decimal("5750.60"))])
    assert "deposit latest date 2025-06-23" in text
    assert "earliest" not in text
    assert "5,750.60" in text
    assert "interest high 6,430.69" in text


def test_late_interest_is_shown_where_there_is_any() -> None:
    paid_in_time = row_of("refunds.late_interest", late_periods=0, late_interest_high_usd=Decimal("0.00"))
    late = row_of("refunds.late_interest", late_periods=1, late_interest_usd=Decimal("525.36"))
    assert "late payment" not in printed(late_interest=[paid_in_time])
    assert "525.36" in printed(late_interest=[paid_in_time, late])
