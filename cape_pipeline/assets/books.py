"""refunds.interest_period_factors: what a dollar has grown to by every day on which the books look.

Belongs here: which spans the books ask for, and publishing their growth. Does not belong here: the arithmetic
(`cape_pipeline/interest/`), the terms of an entry (`sql/refunds/`), and factors to forecast ends (`interest.py`).
"""

import duckdb

from cape_pipeline.assets.interest import (
    NO_LAST_DAY,
    Row,
    computed_asset,
    frame_of_rows,
    growth_of,
    rate_table,
    readings_in_force,
)
from cape_pipeline.contracts.refunds import InterestPeriodFactors
from cape_pipeline.interest.factors import quarter_factors
from cape_pipeline.warehouse.publish import Publication, publish_frame

SPANS = """
with starts as (
    select deposit_earliest_date, accrued_through_date, deposit_latest_date as deposit_date, rate_class
    from refunds.booked_spans
    union
    select deposit_earliest_date, accrued_through_date, deposit_earliest_date, rate_class_high
    from refunds.booked_spans
)
select distinct starts.deposit_date, dates.through_date, starts.rate_class
from starts
join refunds.accrual_dates as dates
    on starts.deposit_earliest_date = dates.deposit_earliest_date
   and starts.accrued_through_date = dates.accrued_through_date
where starts.deposit_date between $first_day and least(dates.through_date, $last_day)
  and dates.through_date <= $last_day
order by all
"""


def period_factor_rows(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """The growth of every span inside the published rates, as rows of the table; spans beyond them get none.

    Under policies that no factor can carry there are none at all; `refunds.accrued_interest` says so.
    """
    rates, readings = rate_table(con), readings_in_force(con)
    if not readings.are_factors_enough:
        return []
    last_day = NO_LAST_DAY if readings.carry_forward else rates.last_day
    spans = con.execute(SPANS, {"first_day": rates.first_day, "last_day": last_day}).fetchall()
    return growth_of(quarter_factors(spans, rates, readings.conventions, carry_forward=readings.carry_forward))


def publish_period_factors(con: duckdb.DuckDBPyConnection) -> Publication:
    """Compute and publish the growth that the books ask for."""
    return publish_frame(con, InterestPeriodFactors, frame_of_rows(InterestPeriodFactors, period_factor_rows(con)))


interest_period_factors = computed_asset(
    InterestPeriodFactors,
    "Computes the growth of a dollar up to every month end, close and last day that the books ask for.",
    publish_period_factors,
)
