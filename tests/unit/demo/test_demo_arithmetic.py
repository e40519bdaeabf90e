"""Check digits, calendar and interest of the demonstration against published figures."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.demo import days
from cape_pipeline.demo.entry_numbers import check_digit, entry_number
from cape_pipeline.demo.interest import annual_rate, refund_interest


@pytest.mark.parametrize(
    "published",
    ["ABC12345676", "MYK28000864", "MYK28102637", "MYK28100649", "MYK28103742", "60576069342", "60576072486",
     "60576072809", "60525904516", "60575980937", "SP700000014", "BII00012344", "99999999990"],
)  # fmt: skip
def test_the_check_digit_of_a_published_entry_number_comes_out(published: str) -> None:
    assert check_digit(published[:10]) == int(published[10])


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=3, max_size=3), st.integers(0, 9_999_999))
def test_every_entry_number_has_eleven_characters_and_one_digit_changed_shows(filer: str, serial: int) -> None:
    number = entry_number(filer, serial)
    assert len(number) == 11
    assert number.startswith(filer)
    changed = number[:9] + str((int(number[9]) + 1) % 10)
    assert check_digit(changed) != int(number[10])


@pytest.mark.parametrize(
    ("deposited", "liquidated", "rate_class", "expected"),
    [
        ("2025-05-15", "2026-06-10", "corporate", "6430.69"),
        ("2025-05-15", "2026-06-10", "noncorporate", "7576.74"),
        ("2025-06-23", "2026-06-10", "corporate", "5750.60"),
        ("2025-05-15", "2026-11-16", "corporate", "9189.07"),
        ("2025-05-15", "2026-11-16", "noncorporate", "10846.55"),
        ("2025-05-15", "2025-05-15", "corporate", "0.00"),
    ],
)
def test_interest_on_100_000_dollars_is_the_researched_figure(
    deposited: str, liquidated: str, rate_class: str, expected: str
) -> None:
    days_ = date.fromisoformat(deposited), date.fromisoformat(liquidated)
    assert refund_interest(Decimal(100_000), *days_, rate_class) == Decimal(expected)


@pytest.mark.parametrize(
    ("day", "corporate"),
    [("2026-03-31", "0.06"), ("2026-04-01", "0.05"), ("2026-06-30", "0.05"), ("2026-07-01", "0.06")],
)
def test_the_rate_drops_for_the_second_quarter_of_2026_only(day: str, corporate: str) -> None:
    assert annual_rate(date.fromisoformat(day), "corporate") == Decimal(corporate)
    assert annual_rate(date.fromisoformat(day), "noncorporate") == Decimal(corporate) + Decimal("0.01")


def test_a_day_without_a_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="no interest rate for 2027-01-01"):
        refund_interest(Decimal(100), date(2026, 12, 30), date(2027, 1, 1), "corporate")


@pytest.mark.parametrize(
    ("entered", "paid"), [("2025-05-01", "2025-06-23"), ("2025-05-31", "2025-06-23"), ("2025-12-15", "2026-01-23")]
)
def test_a_monthly_statement_is_paid_on_the_15th_working_day_of_the_next_month(entered: str, paid: str) -> None:
    assert days.monthly_statement_day(date.fromisoformat(entered)) == date.fromisoformat(paid)


@given(st.dates(date(2025, 2, 3), date(2026, 2, 27)))
def test_an_ordinary_liquidation_is_a_working_friday_314_days_or_more_after_the_entry(entered: date) -> None:
    liquidated = days.ordinary_liquidation_day(entered)
    assert liquidated.weekday() == days.FRIDAY
    assert days.is_business_day(liquidated)
    assert timedelta(days=314) <= liquidated - entered <= timedelta(days=314 + 20)


@pytest.mark.parametrize(("day", "following"), [("2026-07-02", "2026-07-06"), ("2026-07-20", "2026-07-21")])
def test_the_next_business_day_skips_weekends_and_observed_holidays(day: str, following: str) -> None:
    assert days.next_business_day(date.fromisoformat(day)) == date.fromisoformat(following)
