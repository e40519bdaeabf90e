"""Which combinations of conventions reproduce the refunds: scores, and a search that leaves nothing out.

Belongs here: scoring a combination, and walking the grid. Does not belong here: computing an amount (`growth.py`), and
what the outcome means (`findings.py`).

A small grid is scored whole. A large one is searched in two steps, and a combination is passed over only where it
provably cannot reproduce as many refunds as the best: first the combinations of the options that decide days and rates
are scored with the default roundings, those that come nearest on a sample first, each given up as soon as too many of
its amounts lie so far off that no rounding can make them good; then those that are left are scored with every rounding,
each given up as soon as it has missed too many refunds. Where a large file fits nothing well, all combinations are
equally likely and a step would hardly end: it stops, and the outcome says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cape_pipeline.calibration.grid import CHOICES, DEFAULT, OF_THE_LAST_CENTS, Combination, Grid
from cape_pipeline.calibration.growth import Amounts
from cape_pipeline.calibration.refunds import Refund

MOST_COMBINATIONS, MOST_AMOUNTS = 1_000, 200_000
"""How many combinations, and how many combinations times refunds, are still scored whole."""

MOST_OF_A_STEP = 800_000
"""How many amounts a step of the search may look up before it stops."""

SAMPLE = 100
"""How many refunds, spread over the file, decide which combinations are looked at first."""

CENT, FIVE_CENTS, NOTHING = Decimal("0.01"), Decimal("0.05"), Decimal(0)


@dataclass(frozen=True, slots=True)
class Score:
    """How a combination fits.

    `computed_usd` has the interest of every refund in their order; None where the refund lacks a day it needs. The
    counts are of refunds whose computed interest differs by nothing, by at most one cent and by at most five; the
    largest and the mean absolute difference are in dollars, None where nothing could be compared.
    """

    combination: Combination
    computed_usd: tuple[Decimal | None, ...]
    compared: int
    exact: int
    within_1_cent: int
    within_5_cents: int
    largest_usd: Decimal | None
    mean_usd: Decimal | None

    @property
    def rank(self) -> tuple[object, ...]:
        """Best first: most refunds to the cent, then nearest the default; where none is, the nearest amounts."""
        mean = Decimal("Infinity") if self.mean_usd is None else self.mean_usd
        changes = Decimal(len(self.combination.changes()))
        order = tuple(CHOICES[name].index(value) for name, value in self.combination.to_json_dict().items())
        nearest = (changes, mean) if self.exact else (mean, changes)
        return (-self.exact, -self.within_1_cent, -self.within_5_cents, *nearest, order)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The scored combinations, best first, and the default's own score.

    `is_complete` tells that every combination that was not scored cannot reproduce as many refunds as the best.
    """

    grid: Grid
    scores: tuple[Score, ...]
    default: Score
    one_difference: tuple[Score, ...]
    is_complete: bool

    @property
    def best(self) -> Score:
        """The best of all; among equals the one nearest the default."""
        return self.scores[0]

    @property
    def alike(self) -> tuple[Score, ...]:
        """The combinations that give the same cents as the best one for every refund, itself included."""
        return tuple(score for score in self.scores if score.computed_usd == self.best.computed_usd)

    @property
    def passed_over(self) -> int:
        """How many combinations were not scored."""
        return self.grid.size - len(self.scores)


def search(refunds: Sequence[Refund], amounts: Amounts, grid: Grid) -> Outcome:
    """Score the grid.

    Args:
        refunds: at least one.
        amounts: their interest under any combination.
        grid: the options to try.
    """
    scorer = _Scorer(refunds, amounts)
    if grid.size <= MOST_COMBINATIONS and grid.size * len(refunds) <= MOST_AMOUNTS:
        scored, is_complete = {combination: scorer.score(combination) for combination in grid.combinations()}, True
    else:
        scored, is_complete = _searched(scorer, grid)
    default = scored.get(DEFAULT) or scorer.score(DEFAULT)
    one_difference = tuple(scored.get(changed) or scorer.score(changed) for changed in grid.one_difference())
    scored |= {score.combination: score for score in (default, *one_difference)}
    ranked = tuple(sorted(scored.values(), key=lambda score: score.rank))
    return Outcome(grid, ranked, default, one_difference, is_complete)


class _Scorer:
    def __init__(self, refunds: Sequence[Refund], amounts: Amounts) -> None:
        self._paid = [refund.interest_usd for refund in refunds]
        self._amounts = amounts
        self.looked_up = 0
        self._reach = [amounts.most_a_rounding_moves(number) for number in range(len(refunds))]

    def score(self, combination: Combination) -> Score:
        """The score over all refunds."""
        computed = tuple(self._amounts.amount(number, combination) for number in range(len(self._paid)))
        return _score(combination, computed, self._paid)

    def score_unless_missed(self, combination: Combination, least: int) -> Score | None:
        """The score, or None once it is sure that fewer refunds than that are met to the cent."""
        return self._score_while(combination, least, lambda difference, _: difference == 0)

    def score_unless_far(self, combination: Combination, least: int) -> Score | None:
        """The score, or None once it is sure that no rounding can meet so many refunds to the cent."""
        return self._score_while(combination, least, lambda difference, number: difference <= self._reach[number])

    def distance_on_sample(self, combination: Combination) -> tuple[int, Decimal]:
        """How far off a few refunds are: how many no rounding can meet, and the sum of all differences in dollars."""
        far, distance = 0, NOTHING
        for number in range(0, len(self._paid), max(1, len(self._paid) // SAMPLE)):
            amount = self._amounts.amount(number, combination)
            difference = self._paid[number] if amount is None else abs(amount - self._paid[number])
            far += amount is None or difference > self._reach[number]
            distance += difference
        return far, distance

    def most_reachable(self, score: Score) -> int:
        """How many refunds some choice of roundings may meet to the cent at the most."""
        return sum(
            computed is not None and abs(computed - paid) <= reach
            for computed, paid, reach in zip(score.computed_usd, self._paid, self._reach, strict=True)
        )

    def _score_while(
        self, combination: Combination, least: int, is_met: Callable[[Decimal, int], bool]
    ) -> Score | None:
        may_miss = len(self._paid) - least
        computed = []
        for number, paid in enumerate(self._paid):
            amount = self._amounts.amount(number, combination)
            self.looked_up += 1
            if amount is None or not is_met(abs(amount - paid), number):
                may_miss -= 1
                if may_miss < 0:
                    return None
            computed.append(amount)
        return _score(combination, tuple(computed), self._paid)


def _score(combination: Combination, computed: tuple[Decimal | None, ...], paid: Sequence[Decimal]) -> Score:
    differences = [abs(one - other) for one, other in zip(computed, paid, strict=True) if one is not None]
    return Score(
        combination,
        computed,
        compared=len(differences),
        exact=differences.count(NOTHING),
        within_1_cent=sum(difference <= CENT for difference in differences),
        within_5_cents=sum(difference <= FIVE_CENTS for difference in differences),
        largest_usd=max(differences, default=None),
        mean_usd=sum(differences, NOTHING) / len(differences) if differences else None,
    )


def _searched(scorer: _Scorer, grid: Grid) -> tuple[dict[Combination, Score], bool]:
    """The two steps described above, and whether they came to their end.

    While nothing fits, the first step gives nothing up, so that the nearest is found even where none is near; of that
    one every rounding is scored in any case.
    """
    of_days_and_rates = [name for name in grid.values if name not in OF_THE_LAST_CENTS]
    likely = sorted(
        grid.combinations(only=of_days_and_rates), key=lambda one: (scorer.distance_on_sample(one), len(one.changes()))
    )
    scored: dict[Combination, Score] = {}
    most = 0
    limit = scorer.looked_up + MOST_OF_A_STEP
    is_complete = True
    for combination in likely:
        if scorer.looked_up > limit:
            is_complete = False
            break
        if (score := scorer.score_unless_far(combination, most)) is not None:
            scored[combination] = score
            most = max(most, score.exact)
    left = sorted(
        ((scorer.most_reachable(score), score) for score in scored.values()), key=lambda one: (-one[0], one[1].rank)
    )
    limit = scorer.looked_up + MOST_OF_A_STEP
    for position, (reachable, near) in enumerate(left):
        if position and reachable < max(most, 1):
            break
        if scorer.looked_up > limit:
            return scored, False
        for rounding in grid.combinations(only=OF_THE_LAST_CENTS):
            of_cents = {name: getattr(rounding, name) for name in OF_THE_LAST_CENTS}
            combination = replace(near.combination, **of_cents)
            if combination in scored:
                continue
            score = scorer.score_unless_missed(combination, max(most, 1) if position else 0)
            if score is not None:
                scored[combination] = score
                most = max(most, score.exact)
    return scored, is_complete
