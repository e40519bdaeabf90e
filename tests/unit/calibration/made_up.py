"""Made-up refunds for the tests, paid under a convention of the test's choice."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cape_pipeline.calibration.findings import calibration_of
from cape_pipeline.calibration.refunds import Deposit, Received, Refund
from tests.unit.calibration import by_day
from tests.unit.interest.tables import published

RATES = published()


def refunds_paid_under(
    count: int = 15, seed: int = 7, rate_class: str | None = "corporate", *, stated: bool = True, **changed: str
) -> list[Refund]:
    """Refunds of every kind the options can tell apart, three a payment, their interest by the day-by-day reference.

    Some have two deposits, every third was paid late, all bore interest in the leap year 2024, and one earns exactly
    half a cent. `stated` tells whether the refunds say their rate class.
    """
    dice = random.Random(seed)
    drawn = [_drawn(dice, number) for number in range(count)]
    drawn.append(
        {
            "deposits": [_same_days(Decimal("36.50"), date(2026, 5, 1))],
            "liquidation": date(2026, 5, 2),
            "payment": date(2026, 5, 2),
        }
    )
    if rate_class != "corporate":
        drawn.pop()
    payments = [f"payment {number // 3}" for number in range(len(drawn))]
    together: dict[str, Decimal] = {}
    for payment, refund in zip(payments, drawn, strict=True):
        together[payment] = together.get(payment, Decimal(0)) + sum(d["principal"] for d in refund["deposits"])
    return [
        Refund(
            name=f"refund {number}",
            payment=payment,
            deposits=tuple(
                Deposit(
                    row_number=number,
                    principal_usd=deposit["principal"],
                    deposit_date=deposit["deposit_date"],
                    entry_summary_date=deposit["entry_summary_date"],
                    entry_date=deposit["entry_date"],
                )
                for deposit in refund["deposits"]
            ),
            liquidation_date=refund["liquidation"],
            payment_date=refund["payment"],
            rate_class=rate_class if stated else None,
            interest_usd=by_day.interest(
                refund["deposits"],
                refund["liquidation"],
                rate_class or "corporate",
                refund["payment"],
                together[payment],
                **changed,
            ),
        )
        for number, (payment, refund) in enumerate(zip(payments, drawn, strict=True))
    ]


def calibrated(refunds: list[Refund], rates: Any = RATES) -> dict[str, Any]:
    """What a calibration says of refunds that were read whole."""
    return calibration_of(Received(tuple(refunds), (), len(refunds), frozenset()), rates)


def _drawn(dice: random.Random, number: int) -> dict[str, Any]:
    entered = date(2024, 8, 1) + timedelta(days=dice.randint(0, 300))
    liquidation = date(2026, 2, 10) + timedelta(days=dice.randint(0, 90))
    deposits = [
        {
            "principal": Decimal(dice.randint(400_000, 90_000_000)) / 100,
            "entry_date": entered,
            "entry_summary_date": entered + timedelta(days=dice.randint(3, 10)),
            "deposit_date": entered + timedelta(days=dice.randint(20, 50)),
        }
        for _ in range(1 + number % 2)
    ]
    late = 61 + dice.randint(0, 80) if number % 3 == 0 else dice.randint(2, 30)
    return {"deposits": deposits, "liquidation": liquidation, "payment": liquidation + timedelta(days=late)}


def _same_days(principal: Decimal, day: date) -> dict[str, Any]:
    return {"principal": principal, "deposit_date": day, "entry_summary_date": day, "entry_date": day}
