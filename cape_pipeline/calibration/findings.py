"""What a calibration found, as plain values for machines and sentences for people.

Belongs here: the whole of a calibration from file to verdict. Does not belong here: printing (`show.py`), and each
step's own work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from cape_pipeline.calibration.column_1 import principal_tests, sentences_on
from cape_pipeline.calibration.grid import CHOICES, WHAT_WOULD_TELL, Grid, grid_of
from cape_pipeline.calibration.growth import Amounts
from cape_pipeline.calibration.received import read_refunds
from cape_pipeline.calibration.refunds import Received, Refund
from cape_pipeline.calibration.search import Outcome, Score, search
from cape_pipeline.interest.rates import RateTable

FEW = 5
"""Fewer refunds than this may fit a wrong convention by chance."""
SIX_DECIMALS = Decimal("1e-6")


class NothingToFit(Exception):
    """No refund of the file can be used; `set_aside` has the rows and why."""

    def __init__(self, path: Path, received: Received) -> None:
        rows = f"none of its {received.rows_read:,} rows can be used" if received.rows_read else "it has no row of data"
        super().__init__(f"{path}: {rows}, so there is no refund to fit")
        self.set_aside = _told_rows(received)


def calibrate_file(path: Path, rates: RateTable) -> dict[str, Any]:
    """Fit the conventions to the refunds of a file.

    Args:
        path: the file (`received.read_refunds`).
        rates: the published rates.

    Returns:
        Plain values: days as dates, amounts as decimals.

    Raises:
        UnreadableExport: the file cannot be read or lacks a needed column.
        NothingToFit: it holds no usable refund.
    """
    received = read_refunds(path, rates)
    if not received.refunds:
        raise NothingToFit(path, received)
    return {"file": str(path)} | calibration_of(received, rates)


def calibration_of(received: Received, rates: RateTable) -> dict[str, Any]:
    """Fit the conventions to refunds already read, at least one of them."""
    refunds = received.refunds
    outcome = search(refunds, Amounts(refunds, rates), grid_of(refunds))
    column_1 = principal_tests(refunds)
    return {
        "rows_read": received.rows_read,
        "refund_count": len(refunds),
        "set_aside": _told_rows(received),
        "is_damaged": received.is_damaged,
        "verdict": verdict_of(outcome, refunds),
        "options": _options(outcome),
        "default": _told(outcome.default),
        "best": _told(outcome.best) | {"alike_count": len(outcome.alike)},
        "like_the_best": [score.combination.to_json_dict() for score in outcome.alike],
        "one_difference": [_told(score) for score in outcome.one_difference],
        "combination_count": outcome.grid.size,
        "passed_over_count": outcome.passed_over,
        "is_search_complete": outcome.is_complete,
        "combinations": _numbered(outcome),
        "refunds": [
            _told_refund(refund, default, best)
            for refund, default, best in zip(
                refunds, outcome.default.computed_usd, outcome.best.computed_usd, strict=True
            )
        ],
        "column_1": {"verdict": sentences_on(column_1), "rows": [asdict(test) for test in column_1]},
    }


def open_options(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    """The options whose value the best fit leaves open, each with the values that give the very same cents."""
    alike = [score.combination.to_json_dict() for score in outcome.alike]
    values = {name: {combination[name] for combination in alike} for name in CHOICES}
    return {
        name: tuple(value for value in CHOICES[name] if value in found)
        for name, found in values.items()
        if len(found) > 1
    }


def verdict_of(outcome: Outcome, refunds: Sequence[Refund]) -> list[str]:
    """What the fit means, in plain sentences: the best, how sure it is, what stays open, what would tell."""
    best, default, count = outcome.best, outcome.default, len(refunds)
    sentences = [_main_sentence(best, default, count)]
    if not outcome.is_complete:
        sentences.append("Too little fits for every combination to be tried.")
    elif best.exact and best.exact < count:
        sentences.append(
            f"No combination tried reproduces more; the other {_refunds(count - best.exact)} may rest on other dates,"
            " another principal or another rate class than the file says."
        )
    other_class = _other_class(outcome, refunds)
    if other_class:
        sentences.append(other_class)
    left_open = open_options(outcome)
    if best.exact and left_open:
        listed = "; ".join(f"{name} ({', '.join(values)})" for name, values in left_open.items())
        sentences.append(f"These options cannot be told apart by your file: {listed}.")
    if any(_untold(outcome.grid)):
        sentences.append(
            f"Your file says nothing about these, which were not tried: {'; '.join(_untold(outcome.grid))}."
        )
    if best.exact and left_open:
        hints = "; ".join(f"{WHAT_WOULD_TELL[name]} ({name})" for name in left_open)
        sentences.append(f"What would tell: {hints}.")
    if count < FEW:
        sentences.append(
            f"{_refunds(count).capitalize()} are too few to settle anything: a wrong convention may fit so few by"
            " chance. Add more."
            if count > 1
            else "One refund is too few to settle anything: a wrong convention may fit it by chance. Add more."
        )
    return sentences


def named(changes: dict[str, str]) -> str:
    """The options that differ from the default, as a person reads them."""
    return ", ".join(f"{name}={value}" for name, value in changes.items()) or "the default"


def _main_sentence(best: Score, default: Score, count: int) -> str:
    if not best.exact:
        mean = "" if best.mean_usd is None else f", {best.mean_usd:,.2f} off on average"
        return (
            f"No combination reproduces any of {_refunds(count)} to the cent; nearest is"
            f" {named(best.combination.changes())}{mean}: check principal, dates and rate class in the file."
        )
    if best.combination == default.combination:
        if best.exact == count:
            return f"The default reproduces {_all(count)} to the cent."
        return (
            f"The default fits best: {best.exact:,} of {_refunds(count)} to the cent,"
            f" {best.within_5_cents:,} within 5 cents."
        )
    fits = _all(count) if best.exact == count else f"{best.exact:,} of {_refunds(count)}"
    return (
        f"{named(best.combination.changes())} reproduces {fits} to the cent; the default reproduces {default.exact:,},"
        f" and {default.within_5_cents:,} within 5 cents."
    )


def _other_class(outcome: Outcome, refunds: Sequence[Refund]) -> str | None:
    """Where refunds of unknown class fit now the one rate and now the other."""
    if len(outcome.grid.values["rate_class_if_unknown"]) == 1:
        return None
    chosen = outcome.best.combination.rate_class_if_unknown
    fits = {chosen: outcome.best}
    for score in outcome.scores:
        fits.setdefault(score.combination.rate_class_if_unknown, score)
    (other,) = (value for value in CHOICES["rate_class_if_unknown"] if value != chosen)
    if other not in fits:
        return None
    better = sum(
        refund.rate_class is None and there == refund.interest_usd != here
        for refund, here, there in zip(refunds, outcome.best.computed_usd, fits[other].computed_usd, strict=True)
    )
    if not better:
        return None
    return (
        f"{_refunds(better).capitalize()} without a rate class fit{'s' if better == 1 else ''} {other} instead of"
        f" {chosen}: write each importer's class in a column rate_class."
    )


def _untold(grid: Grid) -> Iterable[str]:
    """What the file says nothing about. A class that is stated, and stages that few refunds can show, are no lack."""
    for name, reason in grid.untold.items():
        if name in ("rate_class_if_unknown", "rounding_stage"):
            continue
        tried = grid.values[name]
        others = "" if len(tried) == 1 else f"={' or '.join(value for value in CHOICES[name] if value not in tried)}"
        yield f"{name}{others} ({reason})"


def _options(outcome: Outcome) -> dict[str, Any]:
    """Every option: its values tried, what the best fit leaves open, and why some were not tried."""
    left_open = open_options(outcome)
    return {
        name: {
            "values": list(values),
            "tried": list(outcome.grid.values[name]),
            "not_told_because": outcome.grid.untold.get(name),
            "left_open": list(left_open.get(name, ())),
        }
        for name, values in CHOICES.items()
    }


def _numbered(outcome: Outcome) -> list[dict[str, Any]]:
    """The scores, best first; those of one `alike_number` give the same cents for every refund."""
    numbers: dict[tuple[Decimal | None, ...], int] = {}
    return [
        _told(score) | {"alike_number": numbers.setdefault(score.computed_usd, len(numbers) + 1)}
        for score in outcome.scores
    ]


def _told_rows(received: Received) -> list[dict[str, Any]]:
    return [asdict(row) | {"sentence": row.sentence} for row in received.set_aside]


def _told(score: Score) -> dict[str, Any]:
    mean = score.mean_usd
    return {
        "combination": score.combination.to_json_dict(),
        "changes": score.combination.changes(),
        "compared": score.compared,
        "exact": score.exact,
        "within_1_cent": score.within_1_cent,
        "within_5_cents": score.within_5_cents,
        "largest_difference_usd": score.largest_usd,
        "mean_difference_usd": None if mean is None else mean.quantize(SIX_DECIMALS),
    }


def _told_refund(refund: Refund, default: Decimal | None, best: Decimal | None) -> dict[str, Any]:
    return {
        "refund": refund.name,
        "rows": [deposit.row_number for deposit in refund.deposits],
        "principal_usd": refund.principal_usd,
        "rate_class": refund.rate_class,
        "liquidation_date": refund.liquidation_date,
        "interest_usd": refund.interest_usd,
        "default_usd": default,
        "default_difference_usd": None if default is None else default - refund.interest_usd,
        "best_usd": best,
        "best_difference_usd": None if best is None else best - refund.interest_usd,
    }


def _all(count: int) -> str:
    return "the one refund" if count == 1 else f"all {count:,} refunds"


def _refunds(count: int) -> str:
    return "1 refund" if count == 1 else f"{count:,} refunds"
