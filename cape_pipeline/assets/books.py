"""refunds.interest_period_factors: what a dollar has grown to by every day on which the books look.

Belongs here: which spans the books ask for, and publishing their growth. Does not belong here: the arithmetic
(`cape_pipeline/interest/`), the terms of an entry (`sql/refunds/`), and factors to forecast ends (`interest.py`).
"""

from datetime import date
from decimal import Decimal

import dagster as dg
import duckdb
import polars as pl

from cape_pipeline.assets.interest import NO_LAST_DAY, rate_table, readings_in_force
from cape_pipeline.assets.tables import asset_key, check_results, check_specs, definition_metadata, publication_metadata
from cape_pipeline.contracts.refunds import InterestPeriodFactors
from cape_pipeline.interest.factors import quarter_factors
from cape_pipeline.resources import Warehouse
from cape_pipeline.warehouse.publish import Publication, publish_frame

SPANS = """
with starts as (
    select distinct deposit_earliest_date, accrued_through_date, deposit_latest_date as deposit_date, rate_class
    from refunds.book_terms
    union
    select deposit_earliest_date, accrued_through_date, deposit_earliest_date, rate_class_high
    from refunds.book_terms
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


def period_factor_rows(con: duckdb.DuckDBPyConnection) -> list[tuple[date, date, str, Decimal, bool]]:
    """The growth of every span inside the published rates, as rows of the table; spans beyond them get none.

    Under policies that no factor can carry there are none at all; `refunds.accrued_interest` says so.
    """
    rates, readings = rate_table(con), readings_in_force(con)
    if not readings.are_factors_enough:
        return []
    last_day = NO_LAST_DAY if readings.carry_forward else rates.last_day
    spans = con.execute(SPANS, {"first_day": rates.first_day, "last_day": last_day}).fetchall()
    grown: dict[tuple[date, date, str], tuple[Decimal, bool]] = {}
    for factor in quarter_factors(spans, rates, readings.conventions, carry_forward=readings.carry_forward):
        span = (factor.deposit_date, factor.accrual_end_date, factor.rate_class)
        # the quarters of a span come in order of time, so the last one tells its growth
        was_carried = span in grown and grown[span][1]
        grown[span] = (factor.closing_factor, was_carried or factor.carried_forward)
    return [(*span, *growth) for span, growth in grown.items()]


def publish_period_factors(con: duckdb.DuckDBPyConnection) -> Publication:
    """Compute and publish the growth that the books ask for."""
    schema = InterestPeriodFactors.empty_frame().schema
    frame = pl.DataFrame(period_factor_rows(con), schema=schema, orient="row")
    return publish_frame(con, InterestPeriodFactors, frame)


@dg.asset(
    key=asset_key(InterestPeriodFactors.table_id()),
    deps=[asset_key(table_id) for table_id in InterestPeriodFactors.reads],
    group_name="refunds",
    description=InterestPeriodFactors.description(),
    kinds={"duckdb", "python"},
    metadata=definition_metadata(InterestPeriodFactors),
    check_specs=check_specs(InterestPeriodFactors),
)
def interest_period_factors(warehouse: Warehouse) -> dg.MaterializeResult:
    """Compute the growth of a dollar up to every month end, close and last day that the books ask for."""
    publication = publish_period_factors(warehouse.connection)
    return dg.MaterializeResult(
        metadata=publication_metadata(publication),
        check_results=check_results(InterestPeriodFactors.table_id(), publication.checks),
    )
