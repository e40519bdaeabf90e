"""Whose the assets are, and how old they may get: what an installation says of all of them.

Belongs here: what the settings add to assets. Does not belong here: what an asset is made of (its own module).
"""

from datetime import timedelta

import dagster as dg

from cape_pipeline.assets.shown import asset_key
from cape_pipeline.settings import Settings

#: What tells how old the pipeline's answers are: the last load, and the last position that analysts were shown.
#: Nothing in between runs without them.
TIMED = (asset_key("ace.loads"), asset_key("reports.analyst_snapshot"))
#: Of the hours that may pass, the part after which the UI warns.
WARNED_AFTER = 0.8


def kept(settings: Settings, *assets: dg.AssetsDefinition) -> list[dg.AssetsDefinition]:
    """The assets with their owners, and a freshness policy where the settings ask for one.

    No policy unless asked: it counts hours whether or not anybody switched a schedule on, and would show every
    warehouse as late that is run by hand when new exports come.
    """
    owners = settings.owners.split(",")
    policy = _freshness(settings.freshness_hours)

    def keep(spec: dg.AssetSpec) -> dg.AssetSpec:
        owned = spec.replace_attributes(owners=owners)
        return owned.replace_attributes(freshness_policy=policy) if policy and spec.key in TIMED else owned

    return [asset.map_asset_specs(keep) for asset in assets]


def _freshness(hours: int) -> dg.FreshnessPolicy | None:
    if not hours:
        return None
    return dg.FreshnessPolicy.time_window(
        fail_window=timedelta(hours=hours), warn_window=timedelta(hours=hours * WARNED_AFTER)
    )
