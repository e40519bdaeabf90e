"""What every contract holds: a sentence, a grain that cannot be null, and columns that mean one thing everywhere."""

import ast
from collections import defaultdict

import pytest

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.contracts import fields as vocabulary
from cape_pipeline.warehouse.contract import POLARS_TYPES, Field, TableContract
from tests.architecture.project import PACKAGE, modules

RULE_OUTCOME = "the outcome of the rule of that name, not the fact it looks at"
UNROUNDED = "the walk of one quarter, before the one rounding"
AS_STATED = "the user states it as printed: 3.7%, Free, or a compound rate"
#: A column with another type than its name has elsewhere or its suffix tells, on purpose, and why.
OTHER_TYPES = {
    ("ace.current_entry_facts", "column_1_rate"): AS_STATED,
    ("ace.entry_facts", "column_1_rate"): AS_STATED,
    ("entries.rule_outcomes", "data_complete"): RULE_OUTCOME,
    ("entries.rule_outcomes", "drawback"): RULE_OUTCOME,
    ("entries.rule_outcomes", "duty_deposited"): RULE_OUTCOME,
    ("entries.rule_outcomes", "recon_due_date"): RULE_OUTCOME,
    ("entries.rule_outcomes", "recon_flag"): RULE_OUTCOME,
    ("refunds.interest_segments", "closing_usd"): UNROUNDED,
    ("refunds.interest_segments", "interest_usd"): UNROUNDED,
    ("refunds.interest_segments", "opening_usd"): UNROUNDED,
    ("refunds.interest_walks", "closing_usd"): UNROUNDED,
    ("refunds.interest_walks", "interest_usd"): UNROUNDED,
    ("refunds.interest_walks", "opening_usd"): UNROUNDED,
}
TYPE_OF_SUFFIX = {"_usd": "DECIMAL(18,2)", "_rate": "DECIMAL(9,6)", "_date": "DATE", "_count": "INTEGER"}

every_contract = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)


def every_field() -> list[tuple[str, Field]]:
    return [(table_id, field) for table_id, contract in CONTRACTS.items() for field in contract.fields]


def type_of_suffix(name: str) -> str | None:
    return next((sql_type for suffix, sql_type in TYPE_OF_SUFFIX.items() if name.endswith(suffix)), None)


def declarations() -> dict[str, set[tuple[str, str]]]:
    """Where contracts declare a column by name and description, as column → (description, module); not `.meaning()`."""
    makers = {name for name, thing in vars(vocabulary).items() if callable(thing) and name.islower()}
    declared: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for module in modules(PACKAGE / "contracts"):
        for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            maker = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if (maker in makers or maker == "Field") and len(texts) >= 2:
                declared[texts[0]].add((texts[-1], module.where))
    return declared


def test_there_are_contracts_to_look_at() -> None:
    assert {contract.layer() for contract in CONTRACTS.values()} >= {"registry", "ace", "lines", "entries", "refunds"}


@every_contract
def test_a_contract_says_in_a_sentence_what_one_row_is(contract: type[TableContract]) -> None:
    assert contract.__doc__ is not TableContract.__doc__
    assert contract.description()[:1].isupper()
    assert contract.description().endswith(".")


@every_contract
def test_a_grain_is_made_of_columns_that_are_always_known(contract: type[TableContract]) -> None:
    columns = {field.name: field for field in contract.fields}
    assert contract.grain
    assert [name for name in contract.grain if name not in columns] == []
    assert [name for name in contract.grain if columns[name].nullable] == []


@every_contract
def test_a_table_has_no_column_twice(contract: type[TableContract]) -> None:
    assert len(set(contract.column_names())) == len(contract.fields)


@every_contract
def test_a_table_built_by_months_says_in_which_month_each_row_stands(contract: type[TableContract]) -> None:
    columns = {field.name: field for field in contract.fields}
    if contract.partition is not None:
        assert not columns["partition_month"].nullable


@every_contract
def test_every_column_says_what_it_means(contract: type[TableContract]) -> None:
    assert [field.name for field in contract.fields if not field.description.strip()] == []


def test_a_column_has_one_type_everywhere() -> None:
    types: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for table_id, field in every_field():
        if (table_id, field.name) not in OTHER_TYPES:
            types[field.name][field.sql_type].append(table_id)
    assert {name: dict(found) for name, found in types.items() if len(found) > 1} == {}


def test_every_exception_is_still_one() -> None:
    elsewhere = {
        field.name: field.sql_type for table_id, field in every_field() if (table_id, field.name) not in OTHER_TYPES
    }
    found = {(table_id, field.name): field.sql_type for table_id, field in every_field()}
    needless = {
        place
        for place in OTHER_TYPES
        if place not in found or found[place] in (elsewhere.get(place[1]), type_of_suffix(place[1]))
    }
    assert needless == set()


def test_a_column_is_declared_with_one_description() -> None:
    """A table in which a column means something narrower says so with `.meaning()`, on the one declaration."""
    retyped = {column for _, column in OTHER_TYPES}
    declared = declarations()
    assert len(declared) > 100
    assert {
        name: sorted(said)
        for name, said in declared.items()
        if len({text for text, _ in said}) > 1 and name not in retyped
    } == {}


def test_every_type_is_one_the_contracts_can_check() -> None:
    assert {field.sql_type for _, field in every_field()} <= set(POLARS_TYPES)


def test_the_suffix_of_a_column_tells_its_type() -> None:
    odd = {
        (table_id, field.name): field.sql_type
        for table_id, field in every_field()
        if field.sql_type != (type_of_suffix(field.name) or field.sql_type)
    }
    assert odd.keys() - OTHER_TYPES.keys() == set()
