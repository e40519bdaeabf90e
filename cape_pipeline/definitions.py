"""The code location: everything Dagster sees, put together. Loads with no network and no secret.

Belongs here: assembly. Does not belong here: logic.
"""

from cape_pipeline.garbage import uncollected

with uncollected():
    import dagster as dg

    from cape_pipeline import automation
    from cape_pipeline.assets.books import interest_period_factors
    from cape_pipeline.assets.closes import load_closes
    from cape_pipeline.assets.eligibility_history import eligibility_history
    from cape_pipeline.assets.interest import interest_factors, interest_walks, late_factors
    from cape_pipeline.assets.keeping import kept
    from cape_pipeline.assets.load import load_exports
    from cape_pipeline.assets.registry import (
        as_of,
        bank_originators,
        chosen_policies,
        chosen_submitters,
        declaration_forms,
        load_registry_seeds,
    )
    from cape_pipeline.assets.reports import analyst_snapshot, output_files
    from cape_pipeline.assets.tables import table_assets
    from cape_pipeline.privacy import keep_files_to_owner
    from cape_pipeline.resources import Warehouse
    from cape_pipeline.settings import DUCKLAKE, Settings

    keep_files_to_owner()  # whoever loads it works on it next: a web server, a daemon, a pod
    settings = Settings.from_environment()
    if settings.is_cluster:
        from cape_pipeline.cluster.chain import chain_of

        runs = chain_of(settings)
    else:
        runs = automation.on_one_machine
    jobs: list[automation.Job] = [*runs.jobs]
    schedules = [*runs.schedules]
    if settings.storage == DUCKLAKE:
        from cape_pipeline.cluster.upkeep import upkeep_of

        upkeep, weekly_upkeep = upkeep_of(settings)
        jobs.append(upkeep)
        schedules.append(weekly_upkeep)
    defs = dg.Definitions(
        assets=kept(
            settings,
            load_registry_seeds,
            as_of,
            chosen_policies,
            chosen_submitters,
            bank_originators,
            declaration_forms,
            load_exports,
            load_closes,
            *table_assets(settings),
            eligibility_history,
            interest_factors,
            interest_period_factors,
            interest_walks,
            late_factors,
            output_files,
            analyst_snapshot,
        ),
        jobs=jobs,
        schedules=schedules,
        sensors=runs.sensors,
        resources={"warehouse": Warehouse.of(settings)},
        executor=dg.in_process_executor,
    )
