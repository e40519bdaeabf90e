"""One name, five places: a table built by SQL is an asset, a table, a SQL file, a contract and a test."""

from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from cape_pipeline.assets.reports import FILE_ASSETS
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.contract import TableContract
from tests.architecture.project import TESTS, claim_files, table_files

BUILT_BY_SQL = {table_id for table_id, contract in CONTRACTS.items() if contract.source in ("sql", "view")}
BUILT_BY_PYTHON = {table_id for table_id, contract in CONTRACTS.items() if contract.source == "python"}


def test_there_are_tables_of_both_kinds() -> None:
    assert BUILT_BY_SQL
    assert BUILT_BY_PYTHON


def test_every_contract_is_in_the_list_of_contracts() -> None:
    declared = {
        contract.table_id()
        for contract in TableContract.__subclasses__()
        if contract.__module__.startswith("cape_pipeline.contracts.")
    }
    assert set(CONTRACTS) == declared


def test_every_table_built_by_sql_has_its_sql_file_and_every_sql_file_its_contract() -> None:
    assert {file.table_id for file in table_files()} == BUILT_BY_SQL


def test_every_table_is_an_asset(asset_ids: set[str]) -> None:
    assert set(CONTRACTS) - asset_ids == set()


def test_every_asset_is_a_table_but_those_that_write_files(asset_ids: set[str]) -> None:
    assert asset_ids - set(CONTRACTS) == {"reports.analyst_snapshot", *FILE_ASSETS}


def test_every_table_built_by_sql_has_a_test_of_its_name() -> None:
    untested = {
        table_id
        for table_id in BUILT_BY_SQL
        if not (TESTS / "tables" / f"{table_id.replace('.', '/test_')}.py").is_file()
    }
    assert untested == set()


def test_every_test_of_a_table_is_named_after_one() -> None:
    named = {f"{path.parent.name}.{path.stem.removeprefix('test_')}" for path in (TESTS / "tables").glob("*/test_*.py")}
    assert named
    assert named - set(CONTRACTS) == set()


def test_every_claim_belongs_to_a_table_with_a_contract() -> None:
    assert [file.where for file in claim_files() if file.table_id not in CONTRACTS] == []


def test_every_claim_is_a_check_of_its_asset(asset_graph: AssetGraph) -> None:
    checks = {(".".join(key.asset_key.path), key.name) for key in asset_graph.asset_check_keys}
    claims = {(file.table_id, file.path.stem.split("__", 1)[1]) for file in claim_files()}
    assert claims
    assert claims - checks == set()
