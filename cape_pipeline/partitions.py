"""The months that tables are built by, once.

Belongs here: the list of months. Does not belong here: Dagster's wrapping of it (`definitions.py`) or what a month
means, which each table says itself.
"""

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
