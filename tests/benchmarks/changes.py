"""What comes in after a sample: a day's worth of newer rows, and one month exported once more with other amounts.

Belongs here: writing these two files into an exports folder made by `cape sample`. Does not belong here: what it costs
to take them in.

`python -m tests.benchmarks.changes day|month EXPORTS` writes one of them, in a process of its own.
"""

import sys
from datetime import date
from pathlib import Path

import duckdb

#: The newer rows are of entries of this day; a report run of this day tells them.
ENTRY_DAY, NEWER_RUN = date(2025, 10, 15), date(2026, 7, 21)
#: The month that is exported again: a day after the sample's first run, and before any claim.
MONTH, CORRECTED_RUN = "2025-07", date(2026, 5, 16)


def write_day(exports: Path) -> Path:
    """Entries of one day that are on no claim, in a newer run: those that were not liquidated are now.

    It is a two-hundred-and-seventieth part of a sample: every entry day has about as many entries as another.
    """
    target = exports / f"ES-003_entries_changed_run_{NEWER_RUN}.csv"
    source = _only(exports, f"ES-003_entries_{ENTRY_DAY:%Y-%m}_run_*.csv")
    claims = _only(exports, "claim_details_*.csv")
    liquidated = "\"Liquidation Status\" = 'Unliquidated'"
    return _copy(
        f"""
        select * replace (
            if({liquidated}, 'Liquidated', "Liquidation Status") as "Liquidation Status",
            if({liquidated}, '{NEWER_RUN:%m/%d/%Y}', "Liquidation Date") as "Liquidation Date"
        )
        from {_text(source)}
        where "Entry Date" = '{ENTRY_DAY:%m/%d/%Y}'
          and replace("Entry Summary Number", '-', '') not in (select "ENTRY_NUMBER" from {_text(claims)})
        """,
        target,
    )


def write_month(exports: Path) -> Path:
    """A whole month once more, a day later: of one entry in a hundred every goods value is a dollar higher."""
    target = exports / f"ES-003_entries_{MONTH}_run_{CORRECTED_RUN}.csv"
    source = _only(exports, f"ES-003_entries_{MONTH}_run_*.csv")
    value = '"Line Tariff Goods Value Amount"'
    higher = f"printf('$%.2f', cast(replace(replace({value}, '$', ''), ',', '') as double) + 1)"
    is_chosen = f"hash(\"Entry Summary Number\") % 100 = 0 and {value} <> '$0.00'"
    return _copy(f"select * replace (if({is_chosen}, {higher}, {value}) as {value}) from {_text(source)}", target)


def _only(exports: Path, pattern: str) -> Path:
    (found,) = exports.glob(pattern)
    return found


def _text(path: Path) -> str:
    return f"read_csv('{path}', all_varchar = true, header = true)"


def _copy(query: str, target: Path) -> Path:
    with duckdb.connect() as con:
        con.execute("set enable_progress_bar = false")
        con.execute(f"copy ({query}) to '{target}' (format csv, header)")
    return target


WRITERS = {"day": write_day, "month": write_month}


if __name__ == "__main__":
    WRITERS[sys.argv[1]](Path(sys.argv[2]))
