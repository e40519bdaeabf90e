"""The last look at a finished copy: does any value that was replaced still stand somewhere in it?

Belongs here: what is looked for, where, and what was found. Does not belong here: how values are replaced. The look
shares nothing with the replacing but the list of what was replaced: it reads the written files again.

Values of four characters and more are looked for in every cell, as whole words whatever the case and the signs between
them. Some hits would tell nothing, because what is kept is full of them, so it is looked for in fewer places:

- figures of fewer than eight digits and words of a number or a note without a digit only in columns that are replaced;
- in columns of days and figures only a whole cell counts.
"""

# ruff: noqa: S608 (tables and columns are this package's own, headers and values are quoted)

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from cape_pipeline.ace.conversion import quoted
from cape_pipeline.redaction.copies import Copied
from cape_pipeline.settings import BANK_ORIGINATORS

LEAST_LENGTH, LONG_NUMBER = 4, 8
#: Words that the copy is written with, or that matching needs of a bank's text.
OUR_WORDS = frozenset({
    "BROKER", "CONFIDENTIAL", "CREDIT", "DEBIT", "FILE", "IMPORTER", "NAME", "REDACTED", "TOTAL", "UNREADABLE",
    *BANK_ORIGINATORS.replace(" ", "|").split("|"),
})  # fmt: skip
#: Anything but letters and digits of any script, for both engines.
BETWEEN = r"[^\p{L}\p{N}]+"
BETWEEN_NUMBERS = r"[^\p{L}\p{N}-]+"


@dataclass(frozen=True, slots=True)
class Leak:
    """Where a replaced value still stands: in which original file, which row and which column; never the value."""

    path: Path
    row: int
    column: str


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that the copies fill: what was replaced, and what by."""
    con.execute("create or replace temp table originals (cell varchar, found_as varchar)")
    con.execute("create or replace temp table made (cell varchar)")


def list_sought(con: duckdb.DuckDBPyConnection) -> None:
    """Make `sought` of all that was replaced: words and numbers without signs between, and texts of several words."""
    ours = ", ".join(quoted(word) for word in sorted(OUR_WORDS))
    con.execute(
        f"""create or replace temp table sought as
        with
            told as (
                select distinct
                    trim(regexp_replace(upper(cell), '{BETWEEN}', ' ', 'g')) as words,
                    replace(words, ' ', '') as squeezed,
                    found_as
                from originals
            ),
            judged as (
                select
                    words, squeezed, found_as,
                    regexp_matches(squeezed, '[0-9]') as has_digit,
                    regexp_full_match(squeezed, '[0-9]+') as is_figure,
                    contains(words, ' ') and found_as <> 'number' as is_phrase
                from told
                where length(squeezed) >= {LEAST_LENGTH} and words not in ({ours})
            )
        select
            words, squeezed, is_phrase,
            bool_or(case
                when is_figure then length(squeezed) >= {LONG_NUMBER}
                when found_as = 'name' or is_phrase then true
                else has_digit
            end) as everywhere
        from judged
        group by words, squeezed, is_phrase"""
    )
    con.execute(
        f"""create or replace temp table replacements as
        select distinct regexp_replace(upper(cell), '{BETWEEN}', '', 'g') as squeezed from made"""
    )
    # A pseudonym of four digits may well be another account's digits, and tells nothing of it.
    con.execute("delete from sought where not everywhere and squeezed in (select squeezed from replacements)")


def some_pseudonym_is_an_original(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a value was given for another one that itself stands in the files, so that the look would find it."""
    found = con.execute(
        "select 1 from sought where not is_phrase and squeezed in (select squeezed from replacements) limit 1"
    )
    return found.fetchone() is not None


def find_leaks(con: duckdb.DuckDBPyConnection, copy: Path, original: Path, copied: Copied) -> list[Leak]:
    """Every column of a written copy in which a replaced value stands, with the first row; rows as in the original."""
    columns = ", ".join(f"'{place.cell}': 'VARCHAR'" for place in copied.places)
    con.execute(
        f"""create or replace temp table written as
        select row_number() over () - {copied.header_row} as row_at, *
        from read_csv(
            {quoted(str(copy))}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
            null_padding = true, ignore_errors = true, strict_mode = true, parallel = false, columns = {{{columns}}}
        )"""
    )
    each = " union all ".join(
        f"""select {place.at} as place, {str(place.is_plain).lower()} as is_plain,
            {str(place.is_replaced).lower()} as is_replaced, {place.cell} as cell, cast(min(row_at) as bigint) as row_at
        from written where row_at > 0 and {place.cell} <> '' group by {place.cell}"""
        for place in copied.places
    )
    con.execute(f"create or replace temp table different_cells as {each}")
    first = {**_phrases(con), **_words(con)}
    return [
        Leak(original, row + copied.original_header_row, place.header or f"column {place.at + 1}")
        for place in copied.places
        if (row := first.get(place.at)) is not None
    ]


def _words(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """The first row of each column with a cell that is, or holds, a word or a number that is sought."""
    found = con.execute(
        f"""with words as (
            select place, is_plain, is_replaced, row_at, unnest(case
                when is_plain then [replace(upper(cell), '-', '')]
                else list_concat(
                    regexp_split_to_array(upper(cell), '{BETWEEN}'),
                    [replace(word, '-', '') for word in regexp_split_to_array(upper(cell), '{BETWEEN_NUMBERS}')],
                    [regexp_replace(upper(cell), '{BETWEEN}', '', 'g')]
                )
            end) as word
            from different_cells
        )
        select words.place, min(words.row_at)
        from words
        join sought on words.word = sought.squeezed
        where not sought.is_phrase
            and (words.is_replaced or sought.everywhere)
            and (not words.is_plain or length(sought.squeezed) >= {LONG_NUMBER})
        group by words.place"""
    )
    return dict(found.fetchall())


def _phrases(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """The first row of each column with a cell that holds one of the texts of several words."""
    phrases = con.execute("select words from sought where is_phrase").pl()["words"].to_list()
    if not phrases:
        return {}
    cells = con.execute("select place, row_at, cell from different_cells where not is_plain").pl()
    spaced = pl.concat_str(
        pl.lit(" "), pl.col("cell").str.to_uppercase().str.replace_all(BETWEEN, " ").str.strip_chars(), pl.lit(" ")
    )
    found = cells.filter(spaced.str.contains_any([f" {phrase} " for phrase in phrases]))
    return dict(found.group_by("place").agg(pl.col("row_at").min()).rows())
