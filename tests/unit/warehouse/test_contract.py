"""The contract inside DuckDB gives Pandera's own verdict, on every table of the project (E25)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pandera.errors
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.contract import Field, TableContract
from cape_pipeline.warehouse.contract_sql import (
    MOST_OFFENDERS,
    Offence,
    grain_offences,
    predicates,
    shape_offences,
    value_offences,
)
from tests.unit.warehouse.frames import OTHER_TYPE, bad_values, distinct_keys, frame_of, good_rows, good_value

every_contract = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
Verdict = Counter[tuple[str, str]]
REPEATED_KEY = "multiple_fields_uniqueness"


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("set threads = 1")
        yield con


def pandera_verdict(contract: type[TableContract], frame: pl.DataFrame) -> Verdict:
    """How many rows break which promise, as Pandera counts them; (column, promise)."""
    try:
        contract.check_frame(frame)
    except pandera.errors.SchemaErrors as broken:
        cases = broken.failure_cases
        return Counter(zip(cases["column"].to_list(), cases["check"].to_list(), strict=True))
    except (
        pl.exceptions.PolarsError
    ):  # a column of the key is missing, and Pandera looks for repeated keys all the same
        return Counter({("", "no verdict"): 1})
    return Counter()


def duckdb_verdict(con: duckdb.DuckDBPyConnection, contract: type[TableContract], frame: pl.DataFrame) -> list[Offence]:
    """The same of the table the frame becomes."""
    con.register("given_frame", frame)
    con.execute("create or replace temp table build as from given_frame")
    con.unregister("given_frame")
    found = shape_offences(con, contract, "build")
    return found or value_offences(con, contract, "build") + grain_offences(con, contract, "build")


def as_pandera_says(contract: type[TableContract], found: list[Offence]) -> Verdict:
    """DuckDB's findings under the names Pandera has for them."""
    names = {f"{field.name} is known": (field.name, "not_nullable") for field in contract.fields}
    return Counter(
        {
            names.get(offence.promise) or tuple(offence.promise.split(": ", 1)): offence.count  # type: ignore[misc]
            for offence in found
        }
    )


@every_contract
def test_rows_that_keep_every_promise_pass_both(contract: type[TableContract], con: duckdb.DuckDBPyConnection) -> None:
    frame = frame_of(contract, good_rows(contract, min(12, distinct_keys(contract))))
    assert pandera_verdict(contract, frame) == Counter()
    assert duckdb_verdict(con, contract, frame) == []


@every_contract
def test_every_promise_about_a_value_is_broken_in_both_by_the_same_rows(
    contract: type[TableContract], con: duckdb.DuckDBPyConnection
) -> None:
    rows, broken = good_rows(contract, 2), Counter[str]()
    for field in contract.fields:
        for value in bad_values(field):
            row = {one.name: good_value(one, len(rows)) for one in contract.fields}
            rows.append(row | {field.name: value})
            broken[field.name] += 1
    frame = frame_of(contract, rows)
    told = pandera_verdict(contract, frame)
    found = as_pandera_says(contract, duckdb_verdict(con, contract, frame))
    if len(rows) > distinct_keys(contract):  # a short closed list is the key: rows repeat it, as the next test asks
        told = Counter({promise: n for promise, n in told.items() if promise[1] != REPEATED_KEY})
        found = Counter({promise: n for promise, n in found.items() if not promise[0].startswith("one row for each")})
    assert found == told
    assert Counter({name: sum(n for (column, _), n in told.items() if column == name) for name in broken}) == broken
    assert len(told) == len(predicates(contract))


@every_contract
def test_a_key_that_stands_twice_is_refused_by_both(
    contract: type[TableContract], con: duckdb.DuckDBPyConnection
) -> None:
    rows = good_rows(contract, min(4, distinct_keys(contract)))
    key = {name: rows[-2][name] for name in contract.grain}
    rows[-1] |= key
    frame = frame_of(contract, rows)
    assert {check for _, check in pandera_verdict(contract, frame)} == {REPEATED_KEY}
    (offence,) = duckdb_verdict(con, contract, frame)
    assert offence.promise == f"one row for each {', '.join(contract.grain)}"
    assert (offence.count, offence.rows) == (1, ({**key, "times": 2},))


@every_contract
def test_columns_missing_extra_out_of_order_or_of_another_type_are_refused_by_both(
    contract: type[TableContract], con: duckdb.DuckDBPyConnection
) -> None:
    frame = frame_of(contract, good_rows(contract, 2))
    names = list(contract.column_names())
    other_types = {field.name: OTHER_TYPE[field.sql_type] for field in contract.fields}
    misshapen = {
        "missing": frame.drop(names[-1]) if len(names) > 1 else frame.rename({names[0]: "other"}),
        "extra": frame.with_columns(pl.lit("x").alias("extra")),
        "reordered": frame.select(names[::-1]) if len(names) > 1 else frame.rename({names[0]: "other"}),
        "renamed": frame.rename({names[0]: names[0].upper() + "_"}),
        "retyped": pl.DataFrame(schema=other_types),
    }
    for how, bad in misshapen.items():
        told = pandera_verdict(contract, bad)
        assert told, how
        (offence,) = duckdb_verdict(con, contract, bad)
        assert offence.promise == "columns, types and order are as declared"
        assert offence.count > 0
    retyped = [column for column, check in told if check.startswith("dtype(")]
    assert (sorted(retyped), offence.count) == (sorted(names), len(names))


@every_contract
def test_a_lazy_frame_is_refused_because_pandera_would_not_look_at_its_values(contract: type[TableContract]) -> None:
    with pytest.raises(TypeError, match="collect first"):
        contract.check_frame(contract.empty_frame().lazy())


@every_contract
def test_the_key_of_a_table_is_known_in_every_row(contract: type[TableContract]) -> None:
    assert [field.name for field in contract.fields if field.name in contract.grain and field.nullable] == []
    assert set(contract.grain) <= set(contract.column_names())


class Parcels(TableContract):
    """One parcel: every kind of promise, also those the project does not make yet."""

    fields = (
        Field("parcel", "VARCHAR", "Its number", matches="[A-Z]{2}"),
        Field("weight", "DECIMAL(18,2)", "Its weight", nullable=True, at_least=Decimal("0.50"), at_most=Decimal(30)),
        Field("pieces", "INTEGER", "How many", at_least=1, at_most=9),
        Field("sent_date", "DATE", "When", nullable=True, at_least=date(2025, 2, 1), at_most=date(2026, 2, 23)),
        Field("kind", "VARCHAR", "What it is", nullable=True, one_of=("gift", "it's other")),
    )
    grain = ("parcel", "pieces")


PARCEL = st.fixed_dictionaries(
    {
        "parcel": st.sampled_from(["AB", "AC", "ABC", "xAB", "aB", "", "\nAB", "AB\n", None]),
        "weight": st.sampled_from([None, *map(Decimal, ("0.49", "0.50", "30.00", "30.01", "-1.00"))]),
        "pieces": st.sampled_from([None, 0, 1, 9, 10]),
        "sent_date": st.sampled_from([None, date(2025, 1, 31), date(2025, 2, 1), date(2026, 2, 23), date(2026, 2, 24)]),
        "kind": st.sampled_from([None, "gift", "it's other", "its other", "Gift", ""]),
    }
)


@given(rows=st.lists(PARCEL, max_size=12))
def test_on_any_rows_both_count_the_same_broken_promises(
    rows: list[dict[str, Any]], con: duckdb.DuckDBPyConnection
) -> None:
    frame = frame_of(Parcels, rows)
    told = pandera_verdict(Parcels, frame)
    repeated = {key for key in told if key[1] == "multiple_fields_uniqueness"}
    found = duckdb_verdict(con, Parcels, frame)
    grain = [offence for offence in found if offence.promise.startswith("one row for each")]
    assert bool(grain) == bool(repeated)
    assert as_pandera_says(Parcels, [one for one in found if one not in grain]) == Counter(
        {key: n for key, n in told.items() if key not in repeated}
    )


def test_at_most_twenty_offenders_are_fetched_and_all_are_counted(con: duckdb.DuckDBPyConnection) -> None:
    row = {"parcel": "ab", "weight": None, "pieces": 1, "sent_date": None, "kind": None}
    frame = frame_of(Parcels, [row] * 25)
    pattern, grain = duckdb_verdict(con, Parcels, frame)
    assert (pattern.count, len(pattern.rows)) == (25, MOST_OFFENDERS)
    assert (grain.count, grain.rows) == (1, ({"parcel": "ab", "pieces": 1, "times": 25},))


def test_a_check_that_has_no_translation_is_an_error_and_not_a_pass(con: duckdb.DuckDBPyConnection) -> None:
    class Odd(TableContract):
        """One row with a check the SQL does not know."""

        fields = (Field("name", "VARCHAR", "Its name"),)
        grain = ("name",)

    (column,) = Odd.schema().columns.values()
    column.checks.append(pandera.polars.Check.str_length(min_value=1))
    with pytest.raises(ValueError, match="name: no translation for the Pandera check str_length"):
        value_offences(con, Odd, "build")


def test_the_fingerprint_changes_with_every_promise_and_with_nothing_else() -> None:
    def fingerprint(**changes: Any) -> str:
        class Thing(TableContract):
            """One thing."""

            fields = (replace(Parcels.fields[1], **{k: v for k, v in changes.items() if k != "grain"}),)
            grain = changes.get("grain", ("weight",))

        return Thing.fingerprint()

    changed = [
        fingerprint(name="mass"),
        fingerprint(sql_type="INTEGER"),
        fingerprint(description="Another"),
        fingerprint(nullable=False),
        fingerprint(at_least=Decimal("0.49")),
        fingerprint(at_most=None),
        fingerprint(matches="x"),
        fingerprint(one_of=("x",)),
        fingerprint(grain=()),
    ]
    assert fingerprint() == fingerprint()
    assert len({fingerprint(), *changed}) == len(changed) + 1


@pytest.mark.parametrize("pattern", ["^[0-9]{2}$", "^a|b$", "^(a|b)$", "[0-9]", r"^[|][(]a\|b$", r"^a\$", "^[0-9]"])
def test_a_pattern_matches_the_same_texts_in_both(pattern: str) -> None:
    class Texts(TableContract):
        """One text."""

        fields = (Field("text", "VARCHAR", "The text", matches=pattern),)
        grain = ("text",)

    texts = ["12", "12\n", "\n12", "123", "1", "", "a", "b", "ab", "ba", "a\n", "|(a|b", "|(a", "a$", "xa$", "é1"]
    frame = pl.DataFrame({"text": texts})
    found = as_pandera_says(Texts, duckdb_verdict(duckdb.connect(), Texts, frame))
    assert found == pandera_verdict(Texts, frame)
