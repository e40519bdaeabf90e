"""refunds.interest_factors, interest_walks and late_factors: exact decimal, for every distinct span asked for.

Belongs here: which conventions the policies in force make, which spans and amounts are asked for, and publishing what
becomes of them. Does not belong here: the arithmetic (`cape_pipeline/interest/`), and which spans there are (`sql/`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import dagster as dg
import duckdb
import polars as pl

from cape_pipeline.assets.shown import asset_key, definition_metadata
from cape_pipeline.assets.tables import check_specs, code_version_of, published
from cape_pipeline.contracts.refunds import InterestFactors, InterestWalks, LateFactors
from cape_pipeline.interest import Conventions, RateTable, walk
from cape_pipeline.interest.exact import to_places
from cape_pipeline.interest.factors import QuarterFactor, beyond_factors, quarter_factors
from cape_pipeline.resources import Warehouse
from cape_pipeline.warehouse.contract import TableContract
from cape_pipeline.warehouse.publish import Publication, publish_frame

SPANS = """
select distinct deposit_date, accrual_end_date, rate_class
from (
    select unnest([deposit_date, deposit_latest_date]) as deposit_date, accrual_end_date, rate_class
    from refunds.accrual_spans
    union all
    select deposit_earliest_date, accrual_end_date, rate_class_high from refunds.accrual_spans
)
where deposit_date between $first_day and least(accrual_end_date, $last_start) and accrual_end_date <= $last_day
order by all
"""
#: Every amount that is rounded by itself, and every part of a principal, whose walk an auditor follows.
AMOUNTS = """
with amounts as (
    select entry_number, deposit_sequence, principal_usd as amount_usd
    from refunds.accrual_terms
    union all
    select terms.entry_number, terms.deposit_sequence, splits.ieepa_low_usd
    from refunds.accrual_terms as terms
    join lines.duty_splits as splits on terms.entry_number = splits.entry_number
    cross join registry.policies_in_force as policies
    where policies.interest_rounding_policy = 'per_line' and splits.ieepa_low_usd > 0
),
spans as (
    select amounts.amount_usd, terms.ten_thousand_base_usd,
        unnest([terms.deposit_date, terms.deposit_latest_date]) as deposit_date,
        terms.accrual_end_date, terms.rate_class
    from amounts join refunds.accrual_terms as terms using (entry_number, deposit_sequence)
    union all
    select amounts.amount_usd, terms.ten_thousand_base_usd, terms.deposit_earliest_date,
        terms.accrual_end_date, terms.rate_class_high
    from amounts join refunds.accrual_terms as terms using (entry_number, deposit_sequence)
)
select distinct amount_usd, ten_thousand_base_usd, deposit_date, accrual_end_date, rate_class
from spans
where deposit_date between $first_day and least(accrual_end_date, $last_start) and accrual_end_date <= $last_day
order by all
"""
LATE_SPANS = """
select distinct liquidation_date, late_end_date, rate_class
from (
    select liquidation_date, late_end_date, unnest([rate_class, rate_class_high]) as rate_class
    from refunds.late_terms
    union all
    select liquidation_date, late_end_high_date, unnest([rate_class, rate_class_high])
    from refunds.late_terms
)
where liquidation_date < late_end_date and liquidation_date >= $first_day and late_end_date <= $last_day
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
READINGS = """
select interest_day_count_policy, interest_divisor_policy, interest_compounding_policy, interest_rounding_policy,
    interest_rounding_mode_policy, interest_ten_thousand_policy, interest_beyond_rates_policy
from registry.policies_in_force
"""
#: Where each reading of interest_rounding makes cents in the arithmetic; lines are amounts, rounded once each.
ROUNDING_STAGES = {
    "once": "once",
    "per_line": "once",
    "per_quarter": "per_quarter",
    "nine_decimal_factors": "nine_decimal_factors",
    "nine_decimal_daily_rate": "once",
}
NO_LAST_DAY = date(9998, 12, 31)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """The conventions that the policies in force make, and whether the last published rate is carried forward."""

    conventions: Conventions
    carry_forward: bool

    @property
    def are_factors_enough(self) -> bool:
        """Whether interest is an amount times the growth of a dollar; else every amount is walked."""
        return beyond_factors(self.conventions) is None

    @property
    def for_late_interest(self) -> Conventions:
        """Those of late interest: 30 days are 30 days, cents are made once, and no amount has a lower rate."""
        stage = self.conventions.rounding_stage
        return replace(
            self.conventions,
            day_count="last_day_in",
            rounding_stage=stage if stage == "nine_decimal_factors" else "once",
            rounding_mode="half_up",
            ten_thousand_dollar_rule=False,
        )


def rate_table(con: duckdb.DuckDBPyConnection) -> RateTable:
    """The rates the warehouse holds: the published ones, or those of the policy in force."""
    return RateTable.from_rows(con.execute(RATES).fetchall())


def readings_in_force(con: duckdb.DuckDBPyConnection) -> Readings:
    """What the policies in force say of the arithmetic; the defaults where no registry is loaded yet."""
    told = con.execute(READINGS).fetchone()
    if told is None:
        return Readings(Conventions(), carry_forward=False)
    day_count, divisor, compounding, rounding, mode, ten_thousand, beyond = told
    return Readings(
        Conventions(
            day_count=day_count,
            divisor=divisor,
            compounding=compounding,
            rounding_stage=ROUNDING_STAGES[rounding],  # type: ignore[arg-type]
            rounding_mode=mode,
            daily_rate="nine_decimals" if rounding == "nine_decimal_daily_rate" else "exact",
            ten_thousand_dollar_rule=ten_thousand != "off",
        ),
        carry_forward=beyond == "carry_forward",
    )


def publish_factors(con: duckdb.DuckDBPyConnection) -> Publication:
    """Publish the factors of every span inside the published rates; spans beyond them get none.

    Under policies that no factor can carry there are none at all: `publish_walks` has what counts then.
    """
    return publish_frame(con, InterestFactors, frame_of_rows(InterestFactors, factor_rows(con)))


def publish_walks(con: duckdb.DuckDBPyConnection) -> Publication:
    """Publish the walk of every distinct amount, under policies that no factor can carry; else publish none."""
    return publish_frame(con, InterestWalks, frame_of_rows(InterestWalks, walk_rows(con)))


def publish_late_factors(con: duckdb.DuckDBPyConnection) -> Publication:
    """Publish the growth of a dollar over the whole 30-day periods of every late refund."""
    return publish_frame(con, LateFactors, frame_of_rows(LateFactors, late_factor_rows(con)))


def factor_rows(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """The rows of refunds.interest_factors, in its order of columns, from the terms and policies as they stand."""
    rates, readings = rate_table(con), readings_in_force(con)
    if not readings.are_factors_enough:
        return []
    spans = _asked(con, SPANS, rates, readings)
    carry_forward = readings.carry_forward
    return [tuple(row) for row in quarter_factors(spans, rates, readings.conventions, carry_forward=carry_forward)]


def walk_rows(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """The rows of refunds.interest_walks, in its order of columns, from the terms and policies as they stand."""
    rates, readings = rate_table(con), readings_in_force(con)
    if readings.are_factors_enough:
        return []
    return [row for asked in _asked(con, AMOUNTS, rates, readings) for row in _walked(asked, rates, readings)]


def late_factor_rows(con: duckdb.DuckDBPyConnection) -> list[Row]:
    """The rows of refunds.late_factors, in its order of columns, from the late terms and policies as they stand."""
    rates, readings = rate_table(con), readings_in_force(con)
    last_day = NO_LAST_DAY if readings.carry_forward else rates.last_day
    spans = con.execute(LATE_SPANS, {"first_day": rates.first_day, "last_day": last_day}).fetchall()
    return growth_of(quarter_factors(spans, rates, readings.for_late_interest, carry_forward=readings.carry_forward))


def growth_of(factors: Iterable[QuarterFactor]) -> list[Row]:
    """For each span its start, end and class, its growth, and whether any of its rates was carried forward."""
    grown: dict[Row, Row] = {}
    for factor in factors:
        span = (factor.deposit_date, factor.accrual_end_date, factor.rate_class)
        # the quarters of a span come in order of time, so the last one tells its growth
        was_carried = span in grown and grown[span][-1]
        grown[span] = (*span, factor.closing_factor, was_carried or factor.carried_forward)
    return list(grown.values())


def _asked(con: duckdb.DuckDBPyConnection, query: str, rates: RateTable, readings: Readings) -> list[Row]:
    """The spans whose every accrual day has a rate, published or carried forward."""
    last_start = last_end = rates.last_day
    if readings.carry_forward:
        last_start = last_end = NO_LAST_DAY
    elif readings.conventions.day_count in ("first_day_in", "neither"):
        last_end += timedelta(days=1)
    bounds = {"first_day": rates.first_day, "last_start": last_start, "last_day": last_end}
    return con.execute(query, bounds).fetchall()


def _walked(asked: Row, rates: RateTable, readings: Readings) -> Iterator[Row]:
    amount, base, start, end, rate_class = asked
    walked = walk(
        amount,
        start,
        end,
        rate_class,
        rates,
        readings.conventions,
        carry_forward=readings.carry_forward,
        ten_thousand_base=base or None,
    )
    for segment in walked.segments:
        balances = (segment.opening_usd, segment.interest_usd, segment.closing_usd)
        quarter = (segment.quarter_start, segment.days, segment.annual_rate)
        yield (*asked, *quarter, *(to_places(usd, 22) for usd in balances), segment.carried_forward)


def frame_of_rows(contract: type[TableContract], rows: list[Row]) -> pl.DataFrame:
    """Rows in the order of the contract's columns, as a frame of its types."""
    return pl.DataFrame(rows, schema=contract.empty_frame().schema, orient="row")


def computed_asset(
    contract: type[TableContract], told: str, publish: Callable[[duckdb.DuckDBPyConnection], Publication]
) -> dg.AssetsDefinition:
    """The asset of a table of interest that Python computes and publishes; `told` says what it does."""

    @dg.asset(
        key=asset_key(contract.table_id()),
        deps=[asset_key(table_id) for table_id in contract.reads],
        group_name="refunds",
        description=f"{contract.description()}\n\n{told}",
        kinds={"duckdb", "python"},
        code_version=code_version_of(contract),
        metadata=definition_metadata(contract),
        check_specs=check_specs(contract),
    )
    def computed(warehouse: Warehouse) -> Iterator[object]:
        con = warehouse.connection
        yield from published(con, contract, lambda: publish(con))

    return computed


interest_factors = computed_asset(
    InterestFactors,
    "Computes the growth of a dollar for every distinct deposit date, end date and rate class.",
    publish_factors,
)
interest_walks = computed_asset(
    InterestWalks,
    "Walks every distinct amount by itself where the policies in force make interest other than proportional to it.",
    publish_walks,
)
late_factors = computed_asset(
    LateFactors,
    "Computes the growth of a dollar over the whole 30-day periods of every late refund.",
    publish_late_factors,
)
