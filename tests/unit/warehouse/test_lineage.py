"""Column lineage on small SELECTs whose sources anyone can read off."""

import pytest
import sqlglot

from cape_pipeline.warehouse.lineage import Lineage, StoredColumns, column_lineage

STORED: StoredColumns = {
    "ace": {"rows": {"entry": "VARCHAR", "duty": "DECIMAL(18,2)", "parts": "STRUCT(paid INTEGER)[]"}},
    "law": {"rates": {"entry": "VARCHAR", "rate": "DECIMAL(9,6)"}, "day": {"as_of": "DATE"}},
}


def lineage_of(select: str) -> Lineage:
    return column_lineage(sqlglot.parse_one(select, read="duckdb"), STORED)


def test_a_column_is_made_from_every_column_its_expression_names() -> None:
    found = lineage_of("select r.entry, r.duty * l.rate as owed from ace.rows r join law.rates l on r.entry = l.entry")
    assert found == {
        "entry": (("ace.rows", "entry"),),
        "owed": (("ace.rows", "duty"), ("law.rates", "rate")),
    }


def test_what_only_chooses_the_rows_is_no_source() -> None:
    found = lineage_of("select r.entry from ace.rows r cross join law.day d where r.duty > 0 and d.as_of is not null")
    assert found == {"entry": (("ace.rows", "entry"),)}


def test_names_are_followed_through_ctes_and_their_aliases() -> None:
    found = lineage_of(
        "with first as (select entry as number, duty as paid from ace.rows),"
        " second as (select number, sum(paid) as total from first group by all)"
        " select number as entry, total from second"
    )
    assert found == {"entry": (("ace.rows", "entry"),), "total": (("ace.rows", "duty"),)}


def test_a_union_takes_its_columns_by_position() -> None:
    found = lineage_of(
        "select entry as x, duty as y from ace.rows union all select rate as a, entry as b from law.rates"
    )
    assert found == {
        "x": (("ace.rows", "entry"), ("law.rates", "rate")),
        "y": (("ace.rows", "duty"), ("law.rates", "entry")),
    }


def test_a_union_by_name_takes_its_columns_by_name() -> None:
    found = lineage_of(
        "with both as (select entry, duty from ace.rows union all by name select rate as duty, entry from law.rates)"
        " select entry, duty from both"
    )
    assert found == {
        "entry": (("ace.rows", "entry"), ("law.rates", "entry")),
        "duty": (("ace.rows", "duty"), ("law.rates", "rate")),
    }


def test_a_union_of_three_keeps_every_branch() -> None:
    found = lineage_of(
        "select entry as x from ace.rows union all select entry from law.rates union all select as_of from law.day"
    )
    assert found == {"x": (("ace.rows", "entry"), ("law.day", "as_of"), ("law.rates", "entry"))}


def test_a_subquery_in_an_expression_is_a_source() -> None:
    found = lineage_of("select entry, (select max(as_of) from law.day) as day from ace.rows")
    assert found["day"] == (("law.day", "as_of"),)


def test_a_part_of_an_unnested_list_comes_from_the_list() -> None:
    found = lineage_of(
        "with parts as (select entry, unnest(parts) as part from ace.rows) select parts.part.paid as paid from parts"
    )
    assert found == {"paid": (("ace.rows", "parts"),)}


def test_a_lateral_subquery_is_followed_into_what_stands_around_it() -> None:
    found = lineage_of("select one.twice from ace.rows r cross join lateral (select r.duty * 2 as twice) as one")
    assert found == {"twice": (("ace.rows", "duty"),)}


def test_an_unnested_list_in_from_is_a_source() -> None:
    found = lineage_of("select r.entry, part.paid from ace.rows r cross join unnest(r.parts) as u(part)")
    assert found["entry"] == (("ace.rows", "entry"),)


def test_the_variable_of_a_lambda_is_no_source() -> None:
    found = lineage_of("select list_filter([entry], x -> x is not null) as entries from ace.rows")
    assert found == {"entries": (("ace.rows", "entry"),)}


@pytest.mark.parametrize("made", ["'text'", "count(*)", "$parameter", "null"])
def test_what_names_no_column_has_no_source(made: str) -> None:
    assert lineage_of(f"select {made} as x from ace.rows") == {"x": ()}


def test_a_recursive_cte_ends() -> None:
    found = lineage_of(
        "with recursive chain as (select entry from ace.rows union all"
        " select chain.entry from chain join law.rates r on r.entry = chain.entry) select entry from chain"
    )
    assert found == {"entry": (("ace.rows", "entry"),)}


def test_a_column_that_nothing_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="holds a column unheard"):
        lineage_of("with a as (select entry from ace.rows) select unheard from a")
