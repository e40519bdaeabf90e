"""Refund interest in exact decimal: rates by quarter, the daily walk, factors for many dates, late payment.

Belongs here: arithmetic on amounts, days and published rates. Does not belong here: Dagster, DuckDB, data frames, the
clock, and which dates and rate class an entry has. Only the standard library is imported, so that a single walk from
the command line starts at once.
"""

from cape_pipeline.interest.accrual import Segment, Walk, walk
from cape_pipeline.interest.conventions import DEFAULT, OPTIONS, Conventions
from cape_pipeline.interest.errors import InterestError, RatesNotPublished
from cape_pipeline.interest.factors import QuarterFactor, quarter_factors
from cape_pipeline.interest.late import LateInterest, LatePeriod, late_payment
from cape_pipeline.interest.rates import RATE_CLASSES, QuarterRates, RateTable

__all__ = [
    "DEFAULT",
    "OPTIONS",
    "RATE_CLASSES",
    "Conventions",
    "InterestError",
    "LateInterest",
    "LatePeriod",
    "QuarterFactor",
    "QuarterRates",
    "RateTable",
    "RatesNotPublished",
    "Segment",
    "Walk",
    "late_payment",
    "quarter_factors",
    "walk",
]
