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
RATES = """
select quarter_start, quarter_end, underpayment_rate, overpayment_corporate_rate, overpayment_noncorporate_rate
from registry.interest_rates
where withdrawn_date is null
order by quarter_start
"""


def rate_table(con: duckdb.DuckDBPyConnection) -> RateTable:
    """The published rates the warehouse holds."""
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
    deps=[asset_key("refunds.accrual_terms"), asset_key("registry.interest_rates")],
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
