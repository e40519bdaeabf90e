"""A query is one SELECT; what it reads and takes is in its syntax, and its version is its meaning, not its looks."""

import pytest

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.query import Query, claims_of, table_query
from tests.unit.warehouse.conftest import Shop

ONE = """-- What is sold.
-- Grain: item.
with

dear as (select item from shop.prices where price_usd >= $least)

select dear.item, shelves.shelf
from dear
left join registry.shelves as shelves on dear.item = shelves.item and list_contains($months, shelves.month)
"""


def version(text: str) -> str:
    return Query("shop.x", text).version


@pytest.mark.parametrize(
    "text",
    ["select 1; select 2", "delete from shop.prices", "create table t (a int)", "", "-- nothing", "drop table t"],
)
def test_a_file_that_is_not_exactly_one_select_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"shop\.x: a SQL file holds exactly one SELECT"):
        _ = Query("shop.x", text).tree


def test_a_union_is_one_select() -> None:
    assert Query("shop.x", "select item from a.b union all select item from a.c").upstream == ("a.b", "a.c")


def test_it_reads_the_tables_that_have_a_schema_and_not_its_own_ctes() -> None:
    assert Query("shop.x", ONE).upstream == ("registry.shelves", "shop.prices")


def test_it_takes_the_names_with_a_dollar_and_not_those_in_comments() -> None:
    assert Query("shop.x", ONE + "-- $registry_version").parameters == {"months", "least"}


def test_comments_layout_and_the_case_of_keywords_do_not_change_the_version() -> None:
    assert version(ONE) == version(ONE.replace("-- What is sold.\n", ""))
    assert version(ONE) == version(ONE.replace("\n", "\n  ").replace("select", "SELECT"))
    assert version(ONE) == version(ONE.replace("from dear", "/* all of them */ from dear -- yes"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">= $least", "> $least"),
        ("left join", "join"),
        ("$months", "$weeks"),
        ("shop.prices", "shop.offers"),
        ("dear.item, shelves", "dear.item as name, shelves"),
    ],
)
def test_whatever_changes_the_answer_changes_the_version(old: str, new: str) -> None:
    assert old in ONE
    assert version(ONE) != version(ONE.replace(old, new))


def test_the_comment_on_top_is_its_description_in_one_line() -> None:
    assert Query("shop.x", ONE).comment == "What is sold. Grain: item."


def test_the_claims_of_a_table_are_the_files_named_after_it_in_order(opened: Shop) -> None:
    opened.claim("shop.sales", "b_second", "-- Second.\nselect 1 from shop.sales")
    opened.claim("shop.sales", "a_first", "-- First.\nselect 1 from shop.sales")
    opened.claim("shop.totals", "other", "-- Other.\nselect 1 from shop.totals")
    assert [(claim.name, claim.comment) for claim in claims_of("shop.sales")] == [
        ("a_first", "First."),
        ("b_second", "Second."),
    ]


@pytest.mark.usefixtures("opened")
def test_a_table_without_a_folder_of_claims_has_none() -> None:
    assert claims_of("shop.sales") == ()
    assert claims_of("nowhere.sales") == ()


def test_every_sql_file_of_the_project_is_one_select_with_a_comment() -> None:
    tables = [table_query(table_id) for table_id, one in CONTRACTS.items() if one.source in ("sql", "view")]
    claims = [claim for table_id in CONTRACTS for claim in claims_of(table_id)]
    assert tables
    assert claims
    assert [query.name for query in (*tables, *claims) if not (query.version and query.comment)] == []
