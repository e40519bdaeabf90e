"""refunds.interest_factors: how a dollar grows, in exact decimal, for every distinct span and class that is asked for.

Belongs here: which spans are asked for, and publishing their factors. Does not belong here: the arithmetic
(`cape_pipeline/interest/`).
"""

import dagster as dg
import duckdb
import polars as pl

from cape_pipeline.assets.tables import asset_key, check_results, check_specs, definition_metadata, publication_metadata
from cape_pipeline.contracts.refunds import InterestFactors
from cape_pipeline.interest import RateTable
from cape_pipeline.interest.factors import quarter_factors
from cape_pipeline.resources import Warehouse
from cape_pipeline.warehouse.publish import Publication, publish_frame

SPANS = """
select distinct deposit_date, accrual_end_date, unnest([rate_class, rate_class_high]) as rate_class
from refunds.accrual_terms
where deposit_date <= accrual_end_date and deposit_date >= $first_day and accrual_end_date <= $last_day
order by all
"""
#: A policy may set every rate of the second quarter of 2026, the one quarter that a guide states otherwise.
RATES = """
select
    rates.quarter_start,
    rates.quarter_end,
    coalesce(readings.rate, rates.underpayment_rate),
    coalesce(readings.rate, rates.overpayment_corporate_rate),
    coalesce(readings.rate, rates.overpayment_noncorporate_rate)
from registry.interest_rates as rates
left join (
    select date '2026-04-01' as quarter_start, interest_rate_of_2026_q2 as rate from registry.policies_in_force
) as readings
    on rates.quarter_start = readings.quarter_start
where rates.withdrawn_date is null
order by rates.quarter_start
"""


def rate_table(con: duckdb.DuckDBPyConnection) -> RateTable:
    """The rates the warehouse holds: the published ones, or those of the policy in force."""
    return RateTable.from_rows(con.execute(RATES).fetchall())


def publish_factors(con: duckdb.DuckDBPyConnection) -> Publication:
    """Compute and publish the factors of every span inside the published rates; spans beyond them get none."""
    rates = rate_table(con)
    spans = con.execute(SPANS, {"first_day": rates.first_day, "last_day": rates.last_day}).fetchall()
    wanted = InterestFactors.column_names()
    rows = [tuple(getattr(factor, name) for name in wanted) for factor in quarter_factors(spans, rates)]
    frame = pl.DataFrame(rows, schema=InterestFactors.empty_frame().schema, orient="row")
    return publish_frame(con, InterestFactors, frame)


@dg.asset(
    key=asset_key(InterestFactors.table_id()),
    deps=[asset_key(table_id) for table_id in InterestFactors.reads],
    group_name="refunds",
    description=InterestFactors.description(),
    kinds={"duckdb", "python"},
    metadata=definition_metadata(InterestFactors),
    check_specs=check_specs(InterestFactors),
)
def interest_factors(warehouse: Warehouse) -> dg.MaterializeResult:
    """Compute the growth of a dollar for every distinct deposit date, end date and rate class."""
    publication = publish_factors(warehouse.connection)
    return dg.MaterializeResult(
        metadata=publication_metadata(publication),
        check_results=check_results(InterestFactors.table_id(), publication.checks),
    )
