"""Data flows forward only: through the SELECTs, through the claims, and through the assets."""

from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from cape_pipeline.contracts import SCHEMAS
from tests.architecture.project import FLOW, SQL, claim_files, table_files

EXCEPTIONS: frozenset[tuple[str, str]] = frozenset()


def is_backwards(schema: str, upstream: str) -> bool:
    return FLOW.index(upstream.split(".")[0]) > FLOW.index(schema)


def test_the_product_knows_the_same_flow() -> None:
    assert SCHEMAS == FLOW


def test_no_exception_is_made() -> None:
    assert frozenset() == EXCEPTIONS


def test_there_are_tables_and_claims_to_look_at() -> None:
    assert {file.schema for file in table_files()} >= {"lines", "entries", "refunds", "payments", "reports"}
    assert claim_files()


def test_every_folder_of_sql_is_a_schema_or_the_cookbook() -> None:
    folders = {path.name for path in SQL.iterdir() if path.is_dir()}
    assert folders - {"queries"} <= set(FLOW)


def test_every_table_that_is_read_belongs_to_a_schema_of_the_flow() -> None:
    strangers = [
        f"{file.where} reads {upstream}"
        for file in (*table_files(), *claim_files())
        for upstream in sorted(file.upstream)
        if upstream.split(".")[0] not in FLOW
    ]
    assert strangers == []


def test_a_table_reads_only_its_own_schema_and_those_before_it() -> None:
    backwards = [
        f"{file.table_id} reads {upstream}"
        for file in table_files()
        for upstream in sorted(file.upstream)
        if is_backwards(file.schema, upstream) and (file.table_id, upstream) not in EXCEPTIONS
    ]
    assert backwards == []


def test_no_table_reads_itself() -> None:
    assert [file.where for file in table_files() if file.table_id in file.upstream] == []


def test_a_claim_reads_its_own_table_and_nothing_after_it() -> None:
    blind = [file.where for file in claim_files() if file.table_id not in file.upstream]
    backwards = [
        f"{file.where} reads {upstream}"
        for file in claim_files()
        for upstream in sorted(file.upstream)
        if is_backwards(file.schema, upstream)
    ]
    assert (blind, backwards) == ([], [])


def test_an_asset_depends_only_on_its_own_schema_and_those_before_it(asset_graph: AssetGraph) -> None:
    keys = asset_graph.materializable_asset_keys
    backwards = [
        f"{key.to_user_string()} depends on {parent.to_user_string()}"
        for key in sorted(keys)
        for parent in sorted(asset_graph.get(key).parent_keys)
        if is_backwards(key.path[0], parent.path[0])
    ]
    assert keys
    assert backwards == []


def test_what_lines_say_does_not_depend_on_the_valuation_day() -> None:
    assert [file.where for file in table_files() if file.schema == "lines" and "registry.as_of" in file.upstream] == []
