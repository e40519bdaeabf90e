"""Rate tables for the tests: the one the product ships, and made-up ones."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from cape_pipeline.interest.rates import QuarterRates, RateTable

SEED = Path(__file__).parents[3] / "registry_seeds" / "interest_rates.csv"


def published() -> RateTable:
    """The rates the product ships."""
    return RateTable.from_csv(SEED)


def flat(rate: str, first_year: int = 2000, last_year: int = 2030) -> RateTable:
    """The same rate in every quarter for every class."""
    return stepped({date(first_year, 1, 1): rate}, last_year)


def stepped(rates_from: dict[date, str], last_year: int) -> RateTable:
    """A rate for every class that changes at the given quarter starts."""
    quarters = []
    rate = None
    for year in range(min(rates_from).year, last_year + 1):
        for month in (1, 4, 7, 10):
            start = date(year, month, 1)
            following = date(year + month // 10, (month + 3) % 12, 1)
            text = rates_from.get(start, rate)
            assert text is not None, "the first rate must begin with the first quarter of its year"
            rate = text
            value = Decimal(rate)
            quarters.append(QuarterRates(start, following - timedelta(days=1), value, value, value))
    return RateTable(quarters)


def seed_as_fractions() -> dict[tuple[int, int, str], Fraction]:
    """The shipped rates by year, quarter and class, read without the package."""
    columns = {
        "underpayment": "underpayment_rate",
        "corporate": "overpayment_corporate_rate",
        "noncorporate": "overpayment_noncorporate_rate",
    }
    with SEED.open(encoding="utf-8", newline="") as file:
        return {
            (int(row["quarter_start"][:4]), (int(row["quarter_start"][5:7]) + 2) // 3, rate_class): Fraction(
                row[column]
            )
            for row in csv.DictReader(file)
            for rate_class, column in columns.items()
        }
