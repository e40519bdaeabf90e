"""How SQL is written here: one SELECT a file, its grain on top, no clock, no star, money never divided."""

import pytest
from sqlglot import exp

from cape_pipeline.contracts import CONTRACTS
from tests.architecture.project import SqlFile, claim_files, table_files

ALL_FILES = (*table_files(), *claim_files())
CLOCKS = {
    "current_date", "current_time", "current_timestamp", "current_localtime", "current_localtimestamp",
    "get_current_time", "get_current_timestamp", "localtime", "localtimestamp", "now", "today",
    "transaction_timestamp",
}  # fmt: skip
CHANCE = {"gen_random_uuid", "rand", "random", "setseed", "uuid"}
ROUNDING = {"ceil", "ceiling", "cents", "floor", "round", "round_even", "trunc"}
ROUNDING_SCHEMAS = {"lines", "refunds"}

every_sql_file = pytest.mark.parametrize("file", ALL_FILES, ids=lambda file: file.where)
every_table_file = pytest.mark.parametrize("file", table_files(), ids=lambda file: file.where)
every_claim_file = pytest.mark.parametrize("file", claim_files(), ids=lambda file: file.where)


def functions(file: SqlFile) -> set[str]:
    """The functions a file calls, by every name sqlglot and DuckDB have for them, in lower case."""
    called: set[str] = set()
    for node in file.tree.find_all(exp.Func):
        called.update(name.lower() for name in node.sql_names())
        if isinstance(node, exp.Anonymous):
            called.add(node.name.lower())
    return called


def test_there_are_sql_files_to_look_at() -> None:
    assert table_files()
    assert claim_files()


@every_sql_file
def test_a_file_is_one_select(file: SqlFile) -> None:
    assert len(file.statements) == 1
    assert isinstance(file.tree, exp.Query)


@every_table_file
def test_the_grain_on_top_is_the_grain_of_the_contract(file: SqlFile) -> None:
    stated = [line for line in file.comment if line.startswith("Grain: ")]
    assert stated == [f"Grain: {', '.join(CONTRACTS[file.table_id].grain)}."]


@every_sql_file
def test_the_comment_on_top_opens_with_a_sentence(file: SqlFile) -> None:
    said = " ".join(line for line in file.comment if not line.startswith("Grain: "))
    assert said[:1].isupper()
    assert said.endswith(".")


@every_claim_file
def test_a_claim_is_named_after_its_table_and_a_sentence(file: SqlFile) -> None:
    table, _, claim = file.path.stem.partition("__")
    assert table
    assert claim
    assert claim.islower()


@every_sql_file
def test_columns_are_named_and_never_starred(file: SqlFile) -> None:
    stars = [star for star in file.tree.find_all(exp.Star) if not isinstance(star.parent, exp.Count)]
    assert stars == []


@every_sql_file
def test_a_table_has_no_order(file: SqlFile) -> None:
    assert file.tree.args.get("order") is None


@every_sql_file
def test_no_asof_join(file: SqlFile) -> None:
    assert [join.sql() for join in file.tree.find_all(exp.Join) if join.method == "ASOF"] == []


@every_sql_file
def test_a_query_asks_neither_the_clock_nor_chance(file: SqlFile) -> None:
    assert functions(file) & (CLOCKS | CHANCE) == set()


@every_sql_file
def test_money_is_never_divided_or_averaged(file: SqlFile) -> None:
    operations = file.tree.find_all(exp.Div, exp.IntDiv, exp.Avg)
    assert [found.sql() for found in operations for column in found.find_all(exp.Column) if "usd" in column.name] == []


@every_table_file
def test_money_is_rounded_only_where_duty_is_split_and_interest_is_computed(file: SqlFile) -> None:
    if file.schema not in ROUNDING_SCHEMAS:
        assert functions(file) & ROUNDING == set()


@every_sql_file
def test_money_never_becomes_a_floating_point_number_but_to_tell_whether_it_is_near_a_half(file: SqlFile) -> None:
    """An estimate in cents decides only where it cannot err, as in cents_near; else the decimal is rounded."""
    floating = [
        cast
        for cast in file.tree.find_all(exp.Cast)
        if cast.to.this in (exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT)
    ]
    estimates = [cast.find_ancestor(exp.Alias) for cast in floating]
    assert all(alias is not None and alias.alias.endswith("_cents") for alias in estimates), floating
    for name in {alias.alias for alias in estimates if alias is not None}:
        assert f"abs({name} - floor({name}) - 0.5) > 0.001 and abs({name}) < 1e11" in " ".join(file.text.split())
