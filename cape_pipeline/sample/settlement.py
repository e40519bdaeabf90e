"""What CBP pays in the sample: how each refund ends, and the interest in it.

Belongs here: the fates of refunds with their shares, and interest factors of the sample's own. Does not belong here:
which entries a refund holds (`draws.py`), and the pipeline's interest engine, which these figures are there to test.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from cape_pipeline.demo.interest import annual_rate

FATE_SLOTS = 1_000
FACTOR_SCALE = Decimal(1).scaleb(-18)
CLASSES = ("corporate", "noncorporate")


@dataclass(frozen=True, slots=True)
class Fate:
    """How a refund ends; `withheld` of a thousand does not come, `credits` is nought where none comes at all."""

    name: str
    share: int
    match_status: str
    recommended_path: str
    secondary_status: str
    credits: int = 1
    withheld: int = 0
    in_rev603: bool = True


FATES = (
    Fate("paid", 880, "matched", "none", "Treasury Issued"),
    Fate("paid in two credits", 40, "matched", "none", "Treasury Issued", credits=2),
    Fate("paid short", 25, "short", "dispute_refund", "Treasury Issued", withheld=60),
    Fate("diverted in part", 20, "diverted", "dispute_refund", "Funds Diverted", withheld=150),
    Fate("on its way", 15, "pending", "await_refund", "Sent to Treasury", credits=0),
    Fate("not in REV-603 yet", 10, "not_in_rev603", "await_refund", "", credits=0, in_rev603=False),
    Fate("returned", 10, "rejected", "await_refund", "Check/ACH Returned", credits=0),
)
RETURNED = next(place for place, fate in enumerate(FATES) if fate.match_status == "rejected")


def interest_factors(deposits: Iterable[date], ends: Iterable[date]) -> Iterator[tuple[date, date, str, Decimal]]:
    """Deposit day, end day, class and what one dollar earns between them, to eighteen places.

    From the day after the deposit through the end day, compounded daily at a 365th of the day's rate.
    """
    deposits, ends = sorted(set(deposits)), sorted(set(ends))
    for rate_class in CLASSES:
        growth = _growth(deposits[0], ends[-1], rate_class)
        for deposit in deposits:
            for end in ends:
                if deposit <= end:
                    with localcontext(prec=50):
                        earned = growth[end] / growth[deposit] - 1
                        yield deposit, end, rate_class, earned.quantize(FACTOR_SCALE, ROUND_HALF_EVEN)


def _growth(first: date, last: date, rate_class: str) -> dict[date, Decimal]:
    """What a dollar of the first day has become by each day."""
    with localcontext(prec=50):
        grown, balance = {first: Decimal(1)}, Decimal(1)
        for offset in range(1, (last - first).days + 1):
            day = first + timedelta(days=offset)
            balance += balance * annual_rate(day, rate_class) / 365
            grown[day] = balance
    return grown
