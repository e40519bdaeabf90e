"""What a run says of itself in Dagster's list of runs: who asked for it, and which day, rules, code and files it used.

Belongs here: the tags and where each is read. Does not belong here: what a run does with any of it.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache

import duckdb

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.settings import Settings
from cape_pipeline.warehouse.builds import read_builds, registry_version

TRIGGER = "cape/trigger"
EXPORTS = "cape/exports"
CODE_VERSION = "cape/code_version"
AS_OF = "cape/as_of"
REGISTRY_VERSION = "cape/registry_version"
#: Dagster's own tags of runs that nobody asked for by hand, with what they say.
ASKED_BY = {"dagster/schedule_name": "schedule", "dagster/sensor_name": "sensor"}
#: The table whose registry version is that of the books, as a close writes it down too.
OF_THE_BOOKS = "reports.receivable_entries"


def tags_before(settings: Settings, tags: Mapping[str, str]) -> dict[str, str]:
    """What is known when a run starts; a trigger that the run's own tags name stands."""
    asked = (word for tag, word in ASKED_BY.items() if tag in tags)
    return {
        TRIGGER: tags.get(TRIGGER) or next(asked, "ui"),
        EXPORTS: settings.exports.resolve().name,
        CODE_VERSION: _code_version(),
    }


def tags_after(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The valuation day and the registry version that the warehouse holds at the end of the run, if it can be asked."""
    told = {}
    with suppress(duckdb.Error):
        row = con.execute("select as_of_date from registry.as_of").fetchone()
        if row:
            told[AS_OF] = row[0].isoformat()
        told[REGISTRY_VERSION] = registry_version(CONTRACTS[OF_THE_BOOKS], read_builds(con), CONTRACTS)
    return told


@cache
def _code_version() -> str:
    from cape_pipeline.close.closing import code_version

    return code_version()
