"""SQL macros every connection has: the arithmetic that must be written once.

Belongs here: small pure expressions without domain words. Does not belong here: rules of law or of reports.
"""

import hashlib

import duckdb

MACROS = (
    # The months rows are built by: everything before 2025 stands in the first, everything after 2028 in the last.
    """create or replace temp macro partition_month_of(on_day) as
        case
            when on_day is null then 'undated'
            when on_day < date '2025-01-01' then '2025-01'
            when on_day > date '2028-12-31' then '2028-12'
            else strftime(on_day, '%Y-%m')
        end""",
    # Rounds `exact` to the cent, half up, by its double estimate in cents where that cannot err: below a billion
    # dollars a double is off by less than a ten-thousandth of a cent, so only what lies nearer to a half needs the
    # exact decimal, whose rounding costs DuckDB fifteen times as much.
    """create or replace temp macro cents_near(estimate, exact) as
        case
            when abs(estimate - floor(estimate) - 0.5) > 0.001 and abs(estimate) < 1e11
                then cast(floor(estimate + 0.5) / 100 as decimal(18, 2))
            else cast(round(exact, 2) as decimal(18, 2))
        end""",
    # Half up to the cent. The amount comes first as DECIMAL(38,2), so that the product is exact and cannot overflow.
    """create or replace temp macro cents(amount, factor) as
        cents_near(
            cast(amount as double) * cast(factor as double) * 100, cast(amount as decimal(38, 2)) * factor
        )""",
    # An amount that is not negative in whole cents: half up, half to the even cent, or cut off.
    """create or replace temp macro cents_by_mode(amount, mode) as
        case
            when mode = 'down' and round(amount, 2) > amount
                then cast(round(amount, 2) as decimal(18, 2)) - 0.01
            when mode = 'half_even'
                and cast(round(amount, 2) as decimal(18, 2)) - amount = 0.005
                and cast(cast(round(amount, 2) as decimal(18, 2)) * 100 as hugeint) % 2 = 1
                then cast(round(amount, 2) as decimal(18, 2)) - 0.01
            else cast(round(amount, 2) as decimal(18, 2))
        end""",
    # A printed rate as a fraction: Free, 3.7%, .037. A specific or compound rate is not a fraction and stays unknown.
    r"""create or replace temp macro fraction_of(printed) as
        case
            when lower(trim(printed)) = 'free' then cast(0 as decimal(9, 6))
            when regexp_full_match(trim(printed), '[0-9]{1,3}(\.[0-9]+)?[ ]*%')
                then cast(cast(replace(printed, '%', '') as decimal(18, 8)) * 0.01 as decimal(9, 6))
            when regexp_full_match(trim(printed), '0?\.[0-9]+') then cast(trim(printed) as decimal(9, 6))
            when regexp_full_match(trim(printed), '0(\.0+)?') then cast(0 as decimal(9, 6))
        end""",
    # A part of a whole as a rate, half up to six decimals, in whole cents because a quotient of decimals is a float.
    """create or replace temp macro ratio_of(part, whole) as
        case when whole > 0 and part >= 0 then
            try_cast(
                cast(
                    (cast(part * 100 as hugeint) * 2000000 + cast(whole * 100 as hugeint))
                    // (cast(whole * 100 as hugeint) * 2) as decimal(38, 0)
                ) * 0.000001 as decimal(9, 6)
            )
        end""",
)
MACROS_VERSION = hashlib.sha256("\n".join(MACROS).encode()).hexdigest()[:16]


def create_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Make the macros known to this connection."""
    for macro in MACROS:
        con.execute(macro)
