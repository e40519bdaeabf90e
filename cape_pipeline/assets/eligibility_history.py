"""entries.eligibility_history: found when a run is asked for it, else emptied.

Belongs here: whether the history is found, and publishing it. Does not belong here: finding it
(`cape_pipeline/eligibility_history.py`).

To find it, the answer of every entry is asked anew as of every day on which it may have turned, and all of `lines` is
built anew for every run date of the reports: more than a daily run should take. What an earlier run found may no longer
hold, so a run that is not asked for it leaves no row rather than an old one.
"""

from collections.abc import Iterator

import dagster as dg
import duckdb

from cape_pipeline.assets.shown import asset_key, definition_metadata
from cape_pipeline.assets.tables import check_specs, code_version_of, published
from cape_pipeline.contracts.entries import EligibilityHistory
from cape_pipeline.eligibility_history import eligibility_history as changes
from cape_pipeline.resources import Warehouse
from cape_pipeline.warehouse.publish import Publication, publish_frame


class HistoryChoice(dg.Config):
    """Whether this run finds the history; not asked here, the setting `history` decides, and else it is emptied."""

    find_history: bool = False


def publish_history(con: duckdb.DuckDBPyConnection) -> Publication:
    """Find every change of every entry up to the stored day and publish them."""
    return publish_frame(con, EligibilityHistory, changes(con))


def publish_no_history(con: duckdb.DuckDBPyConnection) -> Publication:
    """Leave the table empty."""
    return publish_frame(con, EligibilityHistory, EligibilityHistory.empty_frame())


@dg.asset(
    key=asset_key(EligibilityHistory.table_id()),
    deps=[asset_key(table_id) for table_id in EligibilityHistory.reads],
    group_name="entries",
    description=EligibilityHistory.description(),
    kinds={"duckdb", "python"},
    code_version=code_version_of(EligibilityHistory),
    metadata=definition_metadata(EligibilityHistory),
    check_specs=check_specs(EligibilityHistory),
)
def eligibility_history(config: HistoryChoice, warehouse: Warehouse) -> Iterator[object]:
    """Find how the answer of every entry came to be, if the run is asked for it."""
    con = warehouse.connection
    is_found = config.find_history or warehouse.history
    publish = publish_history if is_found else publish_no_history
    yield from published(con, EligibilityHistory, lambda: publish(con), {"found": is_found})
