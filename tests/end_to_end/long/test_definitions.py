"""The code location: loads anywhere, shows every table, and can rebuild one month of one table as the UI does."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from cape_pipeline.assets.keeping import kept
from cape_pipeline.assets.shown import SAMPLE
from cape_pipeline.assets.tables import months
from cape_pipeline.automation import AS_OF_OP, daily
from cape_pipeline.contracts import CONTRACTS, SCHEMAS
from cape_pipeline.definitions import defs
from cape_pipeline.partitions import MONTHS
from cape_pipeline.resources import Warehouse
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.query import claims_of

EXPORTS = Path(__file__).parents[2] / "golden" / "guide14" / "exports"
GRAPH = defs.resolve_asset_graph()


def test_every_table_is_an_asset_of_the_group_named_after_its_schema() -> None:
    groups = {key.to_user_string(): GRAPH.get(key).group_name for key in GRAPH.get_all_asset_keys()}
    assert {table_id.replace(".", "/"): table_id.split(".")[0] for table_id in CONTRACTS}.items() <= groups.items()
    assert set(groups.values()) == set(SCHEMAS)


def test_every_asset_says_what_it_is_and_shows_its_columns() -> None:
    for table_id, contract in CONTRACTS.items():
        node = GRAPH.get(dg.AssetKey(table_id.split(".")))
        assert node.description, table_id
        assert node.kinds, table_id
        schema = node.metadata["dagster/column_schema"]
        columns = [column.name for column in schema.columns]
        assert columns == list(contract.column_names()), table_id


def test_every_asset_has_owner_description_kinds_and_checks_have_a_sentence() -> None:
    for key in GRAPH.get_all_asset_keys():
        node = GRAPH.get(key)
        assert node.owners == ["team:customs_data"], key
        assert node.description, key
        assert node.kinds, key
    for checked in GRAPH.asset_check_keys:
        assert GRAPH.get(checked).description, checked


def test_every_table_has_a_version_of_the_code_that_makes_it() -> None:
    versions = {table_id: GRAPH.get(dg.AssetKey(table_id.split("."))).code_version for table_id in CONTRACTS}
    assert {table_id for table_id, version in versions.items() if not version} == set()
    assert len(set(versions.values())) == len(versions)


@pytest.mark.parametrize("hours", [0, 30])
def test_how_old_an_answer_may_be_is_told_only_where_the_settings_say_it(hours: int) -> None:
    kept_assets = kept(replace(Settings(), owners="team:a,b@example.com", freshness_hours=hours), *(defs.assets or ()))
    specs = [spec for asset in kept_assets for spec in asset.specs]
    timed = {spec.key.to_user_string() for spec in specs if spec.freshness_policy}
    assert timed == ({"ace/loads", "reports/analyst_snapshot"} if hours else set())
    assert {tuple(spec.owners) for spec in specs} == {("team:a", "b@example.com")}


def test_every_claim_is_a_check_of_its_asset() -> None:
    shown = {(key.asset_key.to_user_string(), key.name) for key in GRAPH.asset_check_keys}
    for table_id in CONTRACTS:
        asset = table_id.replace(".", "/")
        assert (asset, "contract") in shown
        if CONTRACTS[table_id].source == "sql":
            assert {(asset, claim.name) for claim in claims_of(table_id)} <= shown


def test_months_are_the_partitions_of_exactly_the_tables_that_say_so() -> None:
    partitioned = {key.to_user_string() for key in GRAPH.get_all_asset_keys() if GRAPH.get(key).partitions_def}
    assert partitioned == {table_id.replace(".", "/") for table_id, c in CONTRACTS.items() if c.partition}
    assert months.get_partition_keys() == list(MONTHS)


def test_a_backfill_of_all_months_is_one_run() -> None:
    for table_id, contract in CONTRACTS.items():
        if contract.partition:
            policy = GRAPH.get(dg.AssetKey(table_id.split("."))).backfill_policy
            assert policy is not None
            assert policy.max_partitions_per_run is None


@pytest.mark.parametrize(
    ("tick", "day"),
    [
        (datetime(2026, 7, 20, 10, 0, tzinfo=UTC), "2026-07-20"),  # 06:00 in summer
        (datetime(2026, 12, 1, 11, 0, tzinfo=UTC), "2026-12-01"),  # 06:00 in winter
        (datetime(2026, 7, 21, 3, 59, tzinfo=UTC), "2026-07-20"),  # a minute before midnight Eastern
    ],
)
def test_the_daily_schedule_values_at_its_own_day_in_us_eastern(tick: datetime, day: str) -> None:
    context = dg.build_schedule_context(scheduled_execution_time=tick)
    (request,) = daily.evaluate_tick(context).run_requests or ()
    assert request.run_config["ops"][AS_OF_OP]["config"]["as_of"] == day
    assert daily.default_status is dg.DefaultScheduleStatus.STOPPED
    assert (daily.cron_schedule, daily.execution_timezone) == ("0 6 * * *", "America/New_York")


#: Their one row is the hash of the rules, which is worked out and not read.
READ_NOTHING = ("refunds.interest_versions", "reports.receivable_versions")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def settings_in(folder: Path) -> Settings:
    return Settings(warehouse=folder / "w" / "cape.duckdb", exports=EXPORTS, out=folder / "out")


@pytest.fixture
def built(finished_run: Path, tmp_path: Path) -> Settings:
    """The places of a finished run."""
    return settings_in(shutil.copytree(finished_run, tmp_path / "built"))


@pytest.fixture
def recorded(finished_run: Path) -> Iterator[dg.DagsterInstance]:
    """The history of the finished run."""
    with dg.DagsterInstance.from_config(str(finished_run / "w" / "dagster")) as instance:
        yield instance


def test_the_newest_event_of_every_table_shows_its_lineage_and_if_it_has_rows_a_few(
    recorded: dg.DagsterInstance,
) -> None:
    for table_id, contract in CONTRACTS.items():
        event = recorded.get_latest_materialization_event(dg.AssetKey(table_id.split(".")))
        assert event is not None, table_id
        assert event.asset_materialization is not None, table_id
        metadata = event.asset_materialization.metadata
        by_sql = contract.source in ("sql", "view")
        assert ("dagster/column_lineage" in metadata) == (by_sql and table_id not in READ_NOTHING), table_id
        if contract.source == "view":  # neither counted nor shown, which would compute it
            assert not {"dagster/row_count", SAMPLE} & set(metadata), table_id
            continue
        assert (SAMPLE in metadata) == bool(metadata["dagster/row_count"].value), table_id
        if SAMPLE in metadata:
            sample = metadata[SAMPLE]
            assert isinstance(sample, dg.TableMetadataValue)
            assert [column.name for column in sample.schema.columns] == list(contract.column_names()), table_id
            assert 0 < len(sample.records) <= 5, table_id


def test_the_months_of_a_table_are_shown_with_their_own_rows(recorded: dg.DagsterInstance, finished_run: Path) -> None:
    key = dg.AssetKey(["lines", "duty_splits"])
    records = recorded.fetch_materializations(key, limit=100).records
    told = {
        record.partition_key: record.asset_materialization.metadata["dagster/partition_row_count"].value
        for record in records
    }
    with duckdb.connect(str(finished_run / "w" / "cape.duckdb"), read_only=True) as con:
        rows = dict(con.execute("select partition_month, count(*) from lines.duty_splits group by all").fetchall())
    assert {month: count for month, count in told.items() if count} == rows


def test_the_pictures_are_shown_with_the_tables_they_are_drawn_of(recorded: dg.DagsterInstance) -> None:
    for table_id, name in (
        ("reports.position_by_path", "exposure by path"),
        ("refunds.refund_batches", "payment calendar"),
    ):
        event = recorded.get_latest_materialization_event(dg.AssetKey(table_id.split(".")))
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata[name].value.startswith(f"![{name}](data:image/svg+xml;base64,")


def test_the_history_of_runs_tells_of_nobody_who_he_is(finished_run: Path) -> None:
    identifying = {
        value
        for table_id, contract in CONTRACTS.items()
        if contract.source == "received"
        for field in contract.fields
        if field.is_identifying and field.sql_type == "VARCHAR"
        for value in values_of(finished_run / "w" / "cape.duckdb", table_id, field.name)
    }
    assert len(identifying) > 10, "there is somebody to tell of"
    files = [path for path in (finished_run / "w" / "dagster").rglob("*.db") if path.stat().st_size]
    texts = "\n".join(text for path in files for text in texts_of(path))
    assert {value for value in identifying if value in texts} == set()


def values_of(warehouse: Path, table_id: str, column: str) -> list[str]:
    with duckdb.connect(str(warehouse), read_only=True) as con:
        rows = con.execute(f"select distinct {column} from {table_id} where length({column}) >= 8").fetchall()
    return [value for (value,) in rows]


def texts_of(path: Path) -> Iterator[str]:
    """Every text in a SQLite file."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as con:
        for (table,) in con.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in con.execute(f"select * from {table}"):
                yield from (str(cell) for cell in row)


def test_one_job_builds_everything_in_one_run(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    settings = settings_in(tmp_path)
    result = defs.resolve_job_def("everything").execute_in_process(
        instance=instance,
        run_config={"ops": {AS_OF_OP: {"config": {"as_of": "2026-07-20"}}}, **Warehouse.run_config(settings)},
        tags={"dagster/asset_partition_range_start": "2025-03", "dagster/asset_partition_range_end": "2026-02"},
    )
    assert result.success
    with duckdb.connect(str(settings.snapshot), read_only=True) as con:
        assert con.execute("select count(*) from payments.rev603_reconciliation").fetchone() == (2,)


def test_one_month_of_one_table_can_be_built_again_and_repeats_the_stored_day(
    built: Settings, instance: dg.DagsterInstance
) -> None:
    with duckdb.connect(str(built.warehouse)) as con:
        con.execute("update warehouse.builds set input_hash = 'other' where table_id = 'lines.duty_splits'")
        before = con.execute("select * from lines.duty_splits order by all").fetchall()
    result = defs.resolve_job_def("everything").execute_in_process(
        instance=instance,
        partition_key="2025-11",
        asset_selection=[dg.AssetKey(["lines", "duty_splits"])],
        run_config=Warehouse.run_config(built),
    )
    assert result.success
    (shown,) = result.asset_materializations_for_node("lines__duty_splits")
    assert shown.metadata["built"].value == "2025-11"
    with duckdb.connect(str(built.warehouse)) as con:
        assert con.execute("select * from lines.duty_splits order by all").fetchall() == before


def test_a_stale_warehouse_is_not_published(built: Settings, instance: dg.DagsterInstance) -> None:
    with duckdb.connect(str(built.warehouse)) as con:
        con.execute("update warehouse.builds set content_hash = 'other' where table_id = 'lines.duty_splits'")
    published = built.snapshot.stat().st_mtime_ns
    result = defs.resolve_job_def("everything").execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey(["reports", "analyst_snapshot"])],
        run_config=Warehouse.run_config(built),
        raise_on_error=False,
    )
    assert not result.success
    assert built.snapshot.stat().st_mtime_ns == published


def test_a_contract_that_breaks_shows_in_its_check_and_leaves_the_table(
    built: Settings, instance: dg.DagsterInstance
) -> None:
    with duckdb.connect(str(built.warehouse)) as con:
        con.execute("update warehouse.builds set content_hash = 'other' where table_id = 'lines.classified_lines'")
        con.execute("insert into lines.duty_splits select * from lines.duty_splits where entry_number = 'MYK01011144'")
        before = con.execute("select * from lines.duty_splits order by all").fetchall()
    result = defs.resolve_job_def("everything").execute_in_process(
        instance=instance,
        partition_key="2025-05",
        asset_selection=[dg.AssetKey(["lines", "duty_splits"])],
        run_config=Warehouse.run_config(built),
        raise_on_error=False,
    )
    assert not result.success
    failed = [check.check_name for check in result.get_asset_check_evaluations() if not check.passed]
    assert failed == ["contract"]
    (told,) = [event for event in result.all_events if event.event_type is dg.DagsterEventType.STEP_FAILURE]
    sentence = str(told.step_failure_data.user_failure_data.description)
    assert sentence.startswith("lines.duty_splits was not written, the table before it stands. contract: one row for")
    assert "The checks of this table show the rows" in sentence
    with duckdb.connect(str(built.warehouse)) as con:
        assert con.execute("select * from lines.duty_splits order by all").fetchall() == before
