"""`cape interest`: the interest on one amount, quarter by quarter.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cape_pipeline.commands import completion
from cape_pipeline.commands.options import DAY, JsonOption, flag
from cape_pipeline.commands.terminal import as_day, fail, out, print_json
from cape_pipeline.layout import Column, print_rows, print_sentences
from cape_pipeline.settings import project_files

if TYPE_CHECKING:
    from cape_pipeline.interest import Segment

COLUMNS = (
    Column("quarter"),
    *(Column(title, is_number=True) for title in ("days", "rate", "opening", "interest", "closing")),
)


class RateClass(StrEnum):
    """Interest rate classes as a command line spells them."""

    corporate = "corporate"
    noncorporate = "noncorporate"
    underpayment = "underpayment"


def interest(
    amount: Annotated[str, typer.Argument(help="Principal in US dollars, such as 100000.00", metavar="AMOUNT")],
    start: Annotated[str, typer.Option("--from", help="Day of the deposit; it does not count", metavar=DAY)],
    end: Annotated[str, typer.Option("--to", help="Day of the (re)liquidation; it counts", metavar=DAY)],
    rate_class: Annotated[RateClass, typer.Option(help="Whose rate")] = RateClass.corporate,
    convention: Annotated[
        list[str] | None,
        typer.Option(
            help="A convention in place of the default, such as day_count=both; may be repeated",
            metavar="NAME=VALUE",
            autocompletion=completion.conventions,
        ),
    ] = None,
    carry_forward: Annotated[
        bool, flag("--carry-forward", "Past the last published quarter, go on with its rate, and say so")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the interest on an amount, quarter by quarter, to the cent.

    Rates are those published for each quarter, compounded daily; cents are made
    once, at the end.

    Example: cape interest 100000 --from 2025-05-15 --to 2026-06-10

    Example: cape interest 100000 --from 2025-05-15 --to 2026-06-10 --json
    """
    from cape_pipeline.interest import InterestError, RateTable, walk
    from cape_pipeline.interest.choosing import changes_of, conventions_of
    from cape_pipeline.interest.errors import RatesNotPublished

    first, last = as_day(start, "--from"), as_day(end, "--to")
    try:
        principal = Decimal(amount.replace("$", "").replace(",", ""))
    except InvalidOperation:
        fail(f"{amount} is not an amount of dollars, such as 100000.00")
    if not principal.is_finite() or principal < 0 or principal != principal.quantize(Decimal("0.01")):
        fail(f"{amount}: give a principal of zero or more, in dollars and whole cents")
    try:
        rates = RateTable.from_csv(project_files("registry_seeds") / "interest_rates.csv")
        conventions = conventions_of(convention or ())
        accrued = walk(principal, first, last, rate_class.value, rates, conventions, carry_forward=carry_forward)
    except RatesNotPublished as error:
        fail(f"{error} (--carry-forward)")
    except InterestError as error:
        fail(str(error))
    changes = changes_of(conventions)
    if as_json:
        print_json(accrued.to_json_dict() | {"conventions_changed": changes})
        return
    rows = [
        (
            segment.quarter_start.isoformat(),
            str(segment.days),
            _rate_shown(segment),
            *(f"{amount:,.6f}" for amount in (segment.opening_usd, segment.interest_usd, segment.closing_usd)),
        )
        for segment in accrued.segments
    ]
    print_rows(out, COLUMNS, rows, print_sentences)
    by = ", ".join(f"{name}={value}" for name, value in changes.items())
    out.print(
        f"Interest {accrued.interest_usd:,.2f} on {principal:,.2f} over {accrued.days} days,"
        f" {rate_class.value} rate, " + (f"not by the default but with {by}" if by else "rounded once to the cent"),
        highlight=False,
        soft_wrap=True,
    )
    if accrued.carried_forward:
        out.print(
            f"No rate is published after {rates.last_day}: that of its quarter was carried forward (marked *)",
            highlight=False,
            soft_wrap=True,
        )


def _rate_shown(segment: "Segment") -> str:
    """The annual rate in percent, with the reduced one beside it; a star marks one carried forward."""
    shown = f"{segment.annual_rate * 100:.2f} %"
    if segment.rate_above_ten_thousand is not None:
        shown += f" / {segment.rate_above_ten_thousand * 100:.2f} %"
    return shown + (" *" if segment.carried_forward else "")
