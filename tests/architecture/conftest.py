"""The asset graph of the code location, loaded once.

Belongs here: what several architecture tests need and is slow to make. Does not belong here: parsing (`project.py`).
"""

import pytest
from dagster import AssetKey
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph


@pytest.fixture(scope="session")
def asset_graph() -> AssetGraph:
    from cape_pipeline.definitions import defs

    return defs.resolve_asset_graph()


@pytest.fixture(scope="session")
def asset_ids(asset_graph: AssetGraph) -> set[str]:
    """The assets as schema.table."""
    return {table_id(key) for key in asset_graph.materializable_asset_keys}


def table_id(key: AssetKey) -> str:
    return ".".join(key.path)
