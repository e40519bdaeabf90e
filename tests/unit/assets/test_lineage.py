"""The column lineage that is shown, and the facts of every SELECT, against the SQL files they were read from."""

import dagster as dg

from cape_pipeline.assets.lineage import FILE, as_text, column_lineage_metadata, lineage_of_sql, queries_of_sql
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.settings import project_files
from cape_pipeline.warehouse.query import FACTS, Query, facts_as_text, table_query


def test_the_written_lineage_is_that_of_the_sql_files() -> None:
    written = (project_files("sql") / FILE).read_text(encoding="utf-8")
    assert written == as_text(lineage_of_sql()), "write it anew: python -m cape_pipeline.assets.lineage"


def test_the_written_facts_are_those_of_the_syntax_trees() -> None:
    written = (project_files("sql") / FACTS).read_text(encoding="utf-8")
    assert written == facts_as_text(queries_of_sql()), "write them anew: python -m cape_pipeline.assets.lineage"


def test_a_select_that_has_changed_since_is_parsed_itself() -> None:
    query = table_query("lines.duty_splits")
    changed = Query(query.name, query.text + "\n-- another comment")
    other = Query(query.name, "select heading from registry.ieepa_headings where list_contains($months, heading)")
    assert (changed.text_hash != query.text_hash, changed.version == query.version) == (True, True)
    assert (other.upstream, other.parameters) == (("registry.ieepa_headings",), {"months"})


def test_every_source_is_a_column_of_a_table_that_the_select_reads() -> None:
    for table_id, columns in lineage_of_sql().items():
        assert set(columns) <= set(CONTRACTS[table_id].column_names())
        for source in {source for sources in columns.values() for source in sources}:
            upstream, column = source.rsplit(".", 1)
            assert upstream in table_query(table_id).upstream, (table_id, source)
            assert upstream == "registry.as_of" or column in CONTRACTS[upstream].column_names(), (table_id, source)


def test_the_refund_of_a_line_comes_from_its_filed_rows() -> None:
    lineage = column_lineage_metadata("lines.duty_splits")["dagster/column_lineage"]
    assert isinstance(lineage, dg.TableColumnLineage)
    filed = dg.TableColumnDep(asset_key=dg.AssetKey(["lines", "classified_lines"]), column_name="duty_usd")
    assert filed in lineage.deps_by_column["ieepa_usd"]


def test_a_table_that_python_makes_has_no_lineage() -> None:
    assert column_lineage_metadata("refunds.interest_factors") == {}
