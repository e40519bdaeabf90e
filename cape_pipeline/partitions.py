"""The months that tables are built by, once.

Belongs here: the list of months. Does not belong here: Dagster's wrapping of it (`definitions.py`) or what a month
means, which each table says itself.
"""

from collections.abc import Iterable

FIRST_YEAR, LAST_YEAR = 2025, 2028

#: `undated`, then every month; the first month holds everything before it too, the last everything after.
MONTHS = ("undated", *(f"{year}-{month:02}" for year in range(FIRST_YEAR, LAST_YEAR + 1) for month in range(1, 13)))


def months_between(first: str, last: str) -> tuple[str, ...]:
    """The months from `first` to `last`, both included.

    Raises:
        ValueError: for a name that is no month here, or a range that runs backwards.
    """
    for month in (first, last):
        if month not in MONTHS:
            raise ValueError(f"{month} is not one of the months undated, {MONTHS[1]} … {MONTHS[-1]}")
    if MONTHS.index(first) > MONTHS.index(last):
        raise ValueError(f"the months run backwards: {first} comes after {last}")
    return MONTHS[MONTHS.index(first) : MONTHS.index(last) + 1]


def in_runs(asked: Iterable[str], months_per_run: int) -> list[tuple[str, str]]:
    """The first and last month of each of the runs that together build the months asked for, and no others.

    A run takes months that follow each other, at most `months_per_run` of them.

    Raises:
        ValueError: fewer than one month in a run.
    """
    if months_per_run < 1:
        raise ValueError(f"{months_per_run} months in a run: at least one is needed")
    wanted = set(asked)
    runs: list[list[str]] = []
    for position, month in enumerate(MONTHS):
        if month not in wanted:
            continue
        follows = runs and runs[-1][-1] == MONTHS[position - 1]
        if follows and len(runs[-1]) < months_per_run:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [(run[0], run[-1]) for run in runs]
