"""The code location: loads anywhere, shows every table, and can rebuild one month of one table as the UI does."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from cape_pipeline.assets.tables import months
from cape_pipeline.automation import AS_OF_OP, daily
from cape_pipeline.contracts import CONTRACTS, SCHEMAS
from cape_pipeline.definitions import defs
from cape_pipeline.partitions import MONTHS
from cape_pipeline.resources import Warehouse
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.query import claims_of

EXPORTS = Path(__file__).parents[1] / "golden" / "guide14" / "exports"
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
    with duckdb.connect(str(built.warehouse)) as con:
        assert con.execute("select * from lines.duty_splits order by all").fetchall() == before
