"""registry: the law as tables, the valuation day, and the readings chosen where guides and facts differ.

Belongs here: publishing the seeds and what the run chose. Does not belong here: reading and judging the seeds
(`cape_pipeline/registry/`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import dagster as dg
import duckdb
import polars as pl

from cape_pipeline.assets.shown import asset_key, definition_metadata
from cape_pipeline.assets.tables import all_published, check_specs, code_version_of, published, table_spec
from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.contracts.registry import (
    AsOf,
    BankOriginators,
    ChosenPolicies,
    ChosenSubmitters,
    DeclarationForms,
    Policies,
)
from cape_pipeline.filing import Submitter, as_submitters
from cape_pipeline.registry.choices import as_choices, check_choices
from cape_pipeline.registry.load import load_registry
from cape_pipeline.resources import Warehouse
from cape_pipeline.settings import BANK_ORIGINATORS, project_files, today_eastern
from cape_pipeline.warehouse.builds import read_builds
from cape_pipeline.warehouse.changes import note_moved_day
from cape_pipeline.warehouse.publish import Publication, publish_frame

SEEDED = tuple(
    contract
    for contract in CONTRACTS.values()
    if contract.layer() == "registry"
    and contract.source == "python"
    and contract not in (AsOf, BankOriginators, ChosenPolicies, ChosenSubmitters, DeclarationForms)
)


def publish_registry(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame] | None = None
) -> dict[str, Publication]:
    """Publish every seed table; one that has not changed is left as it stands.

    Args:
        con: the warehouse.
        tables: frames by table id, as `load_registry` returns them; this installation's own seeds without it.

    Raises:
        RegistryError: a seed cannot be used; nothing was published.
    """
    frames = load_registry(project_files("registry_seeds")) if tables is None else tables
    return {contract.table_id(): publish_frame(con, contract, frames[contract.table_id()]) for contract in SEEDED}


def shipped_readings() -> list[tuple[str, str]]:
    """Every (point, policy) of the seeds that is believed.

    Raises:
        RegistryError: a seed cannot be used.
    """
    policies = load_registry(project_files("registry_seeds"))[Policies.table_id()]
    return policies.filter(pl.col("withdrawn_date").is_null()).select("policy_point", "policy").rows()


def stored_as_of(con: duckdb.DuckDBPyConnection) -> date | None:
    """The valuation day the warehouse holds, if it holds one."""
    row = con.execute("select as_of_date from registry.as_of").fetchone()
    return row[0] if row else None


def publish_as_of(con: duckdb.DuckDBPyConnection, day: date) -> Publication:
    """Make `day` the valuation day of the warehouse."""
    note_moved_day(con, AsOf, read_builds(con), CONTRACTS, day)
    return publish_frame(con, AsOf, pl.DataFrame({"as_of_date": [day]}))


def publish_choices(con: duckdb.DuckDBPyConnection, choices: Mapping[str, str]) -> Publication:
    """Make these the readings that are in force in place of the defaults.

    Args:
        con: the warehouse, with registry.policies published.
        choices: policy by policy point; a point that is not named keeps its default.

    Raises:
        UnknownPolicy: a point or a reading that registry.policies does not have.
    """
    known = con.execute("select policy_point, policy, is_default from registry.policies where withdrawn_date is null")
    readings = known.fetchall()
    check_choices(choices, [(point, policy) for point, policy, _ in readings])
    defaults = {point: policy for point, policy, is_default in readings if is_default}
    chosen = sorted((point, policy) for point, policy in choices.items() if defaults[point] != policy)
    return publish_frame(
        con, ChosenPolicies, pl.DataFrame(chosen, schema=ChosenPolicies.empty_frame().schema, orient="row")
    )


def publish_submitters(con: duckdb.DuckDBPyConnection, submitters: Sequence[Submitter]) -> Publication:
    """Make these the submitters that declarations are drafted for; none: every importer submits its own entries.

    Args:
        con: the warehouse, with the macros of `cape_pipeline.ace`.
        submitters: in the order in which they take entries; two spellings of one number are one.
    """
    chosen: dict[tuple[str, str], tuple[str, str]] = {}
    for submitter in submitters:
        (key,) = con.execute("select importer_key(?)", [submitter.submitter_id]).fetchone() or (None,)
        of_type = str(key if submitter.submitter_type == "importer" else submitter.submitter_id)
        chosen.setdefault((submitter.submitter_type, of_type), (submitter.submitter_type, submitter.submitter_id))
    rows = [(order, *named, key) for order, ((_, key), named) in enumerate(chosen.items(), start=1)]
    frame = pl.DataFrame(rows, schema=ChosenSubmitters.empty_frame().schema, orient="row")
    return publish_frame(con, ChosenSubmitters, frame)


def publish_bank_originators(con: duckdb.DuckDBPyConnection, pattern: str = BANK_ORIGINATORS) -> Publication:
    """Make this regular expression the one by which bank lines are known to be CBP's or Treasury's."""
    return publish_frame(con, BankOriginators, pl.DataFrame({"originator_pattern": [pattern]}))


def publish_declaration_form(con: duckdb.DuckDBPyConnection, line_ending: str) -> Publication:
    """Make `crlf` or `lf` the way in which the lines of drafted declarations end."""
    return publish_frame(con, DeclarationForms, pl.DataFrame({"line_ending": [line_ending]}))


@dg.multi_asset(
    name="load_registry",
    specs=[table_spec(contract, {"duckdb", "csv"}) for contract in SEEDED],
    check_specs=[spec for contract in SEEDED for spec in check_specs(contract)],
)
def load_registry_seeds(warehouse: Warehouse) -> Iterator[object]:
    """Load the dated, cited rules of registry_seeds/."""
    con = warehouse.connection
    yield from all_published(con, SEEDED, lambda: publish_registry(con))


class ValuationDay(dg.Config):
    """The valuation day as YYYY-MM-DD; empty repeats the stored one, or takes today in US Eastern if there is none."""

    as_of: str = ""


@dg.asset(
    key=asset_key(AsOf.table_id()),
    group_name="registry",
    description=AsOf.description(),
    kinds={"duckdb", "python"},
    code_version=code_version_of(AsOf),
    metadata=definition_metadata(AsOf),
    check_specs=check_specs(AsOf),
)
def as_of(config: ValuationDay, warehouse: Warehouse) -> Iterator[object]:
    """Store the valuation day, which every table that depends on it reads."""
    day = date.fromisoformat(config.as_of) if config.as_of else stored_as_of(warehouse.connection) or today_eastern()
    con = warehouse.connection
    yield from published(con, AsOf, lambda: publish_as_of(con, day), {"as of": day.isoformat()})


class PolicyChoices(dg.Config):
    """The readings as point=policy, joined by commas; empty for every default; not given repeats the stored ones."""

    policies: str | None = None


@dg.asset(
    key=asset_key(ChosenPolicies.table_id()),
    deps=[asset_key(Policies.table_id())],
    group_name="registry",
    description=ChosenPolicies.description(),
    kinds={"duckdb", "python"},
    code_version=code_version_of(ChosenPolicies),
    metadata=definition_metadata(ChosenPolicies),
    check_specs=check_specs(ChosenPolicies),
)
def chosen_policies(config: PolicyChoices, warehouse: Warehouse) -> Iterator[object]:
    """Store the readings chosen in place of defaults, which every table they decide reads."""
    con = warehouse.connection
    stored = dict(con.execute("select policy_point, policy from registry.chosen_policies").fetchall())
    choices = stored if config.policies is None else as_choices(config.policies)
    chosen = ", ".join(f"{point}={policy}" for point, policy in choices.items())
    yield from published(con, ChosenPolicies, lambda: publish_choices(con, choices), {"chosen": chosen})


class SubmitterChoices(dg.Config):
    """Submitters as importer:NUMBER or broker:FILERCODE, joined by commas; empty: every importer; else as stored."""

    submitters: str | None = None


@dg.asset(
    key=asset_key(ChosenSubmitters.table_id()),
    group_name="registry",
    description=ChosenSubmitters.description(),
    kinds={"duckdb", "python"},
    code_version=code_version_of(ChosenSubmitters),
    metadata=definition_metadata(ChosenSubmitters),
    check_specs=check_specs(ChosenSubmitters),
)
def chosen_submitters(config: SubmitterChoices, warehouse: Warehouse) -> Iterator[object]:
    """Store who submits, which the drafts read."""
    con = warehouse.connection
    if config.submitters is None:
        select = "select submitter_type, submitter_id from registry.chosen_submitters order by submitter_order"
        submitters = tuple(Submitter(*row) for row in con.execute(select).fetchall())
    else:
        submitters = as_submitters(config.submitters)
    # who they are is not told: its sample shows the table's rows, masked
    yield from published(con, ChosenSubmitters, lambda: publish_submitters(con, submitters))


@dg.asset(
    key=asset_key(BankOriginators.table_id()),
    group_name="registry",
    description=BankOriginators.description(),
    kinds={"duckdb", "python"},
    code_version=code_version_of(BankOriginators),
    metadata=definition_metadata(BankOriginators),
    check_specs=check_specs(BankOriginators),
)
def bank_originators(warehouse: Warehouse) -> Iterator[object]:
    """Store the pattern of the settings by which bank lines are CBP's or Treasury's."""
    con, pattern = warehouse.connection, warehouse.bank_originators
    yield from published(con, BankOriginators, lambda: publish_bank_originators(con, pattern), {"pattern": pattern})


@dg.asset(
    key=asset_key(DeclarationForms.table_id()),
    group_name="registry",
    description=DeclarationForms.description(),
    kinds={"duckdb", "python"},
    code_version=code_version_of(DeclarationForms),
    metadata=definition_metadata(DeclarationForms),
    check_specs=check_specs(DeclarationForms),
)
def declaration_forms(warehouse: Warehouse) -> Iterator[object]:
    """Store the line ending of the settings, so that a draft's hash is that of the file that is written."""
    con, ending = warehouse.connection, warehouse.line_ending
    yield from published(con, DeclarationForms, lambda: publish_declaration_form(con, ending), {"line ending": ending})
