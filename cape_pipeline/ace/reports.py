"""What each report looks like, read from `reports.toml` and held against the contracts.

Belongs here: the data model of reports, columns and header aliases. Does not belong here: reading any received file.
"""

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from cape_pipeline.contracts import ace
from cape_pipeline.warehouse.contract import Field, TableContract

KINDS = frozenset(
    {
        "text",
        "code",
        "entry_number",
        "importer_number",
        "day",
        "amount",
        "whole",
        "hts_number",
        "flag",
        "vocabulary",
        "last_four",
    }
)


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """One column of a report: where its value goes, how its cells are read and what files call it."""

    name: str
    kind: str
    headers: tuple[str, ...]
    field: Field
    needed: bool = False
    required: bool = False
    width: int | None = None
    check: bool = False
    blank_before_2000: bool = False
    per: str | None = None
    debit: tuple[str, ...] = ()
    direction: tuple[str, ...] = ()
    without: str | None = None
    blank_is_unknown: bool = False

    @property
    def label(self) -> str:
        """What ACE, or the user's template, calls the column."""
        return self.headers[0]


@dataclass(frozen=True, slots=True)
class OncePer:
    """Where amounts go that a report repeats on every row of the same key."""

    contract: type[TableContract]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One kind of received file.

    `key` and `conflict`: rows of one key must agree in these columns. `once_per` names the tables of repeated amounts.
    `alone`: the file is this report only where its first row holds one header and nothing else.
    """

    code: str
    title: str
    adding: str
    contract: type[TableContract]
    columns: tuple[ReportColumn, ...]
    any_of: tuple[str, ...] = ()
    not_with: frozenset[str] = frozenset()
    unconfirmed: bool = False
    alone: bool = False
    key: tuple[str, ...] = ()
    conflict: tuple[str, ...] = ()
    control_total: str | None = None
    once_per: dict[str, OncePer] = field(default_factory=dict)
    aliases: dict[str, tuple[int, str]] = field(default_factory=dict, repr=False)

    def column(self, name: str) -> ReportColumn:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def needed(self) -> tuple[ReportColumn, ...]:
        """Columns without which a file is not this report."""
        return tuple(column for column in self.columns if column.needed)

    def how_to_add(self, columns: tuple[ReportColumn, ...]) -> str:
        """The sentence that tells how the columns get into the file."""
        return self.adding.format(columns=quoted_list([column.label for column in columns]))


@dataclass(frozen=True, slots=True)
class ReportBook:
    """All reports, and what is common to them."""

    reports: tuple[Report, ...]
    total_label: str
    footer: str
    run_date_labels: frozenset[str]
    asked_from_labels: frozenset[str]
    asked_to_labels: frozenset[str]

    def report(self, code: str) -> Report:
        """The report of that code."""
        return next(report for report in self.reports if report.code == code)


@lru_cache(maxsize=65536)
def normalise_header(text: str) -> str:
    """A header as it is compared: lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def quoted_list(names: list[str]) -> str:
    """'A', 'B' and 'C'."""
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


@cache
def report_book() -> ReportBook:
    """The reports of `reports.toml`.

    Raises:
        ValueError: when the file names a kind, table or column that does not exist, or one header for two columns.
    """
    told = tomllib.loads(resources.files("cape_pipeline.ace").joinpath("reports.toml").read_text(encoding="utf-8"))
    contracts = {contract.table(): contract for contract in vars(ace).values() if _is_contract(contract)}
    return ReportBook(
        reports=tuple(_report(code, entry, contracts) for code, entry in told["reports"].items()),
        total_label=told["rows"]["total_label"],
        footer=told["rows"]["footer"],
        run_date_labels=_labels(told["run_date"]["labels"]),
        asked_from_labels=_labels(told["asked_for"]["first_labels"]),
        asked_to_labels=_labels(told["asked_for"]["last_labels"]),
    )


def _labels(labels: list[str]) -> frozenset[str]:
    return frozenset(normalise_header(label) for label in labels)


def _is_contract(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, TableContract) and value is not TableContract


def _report(code: str, told: dict[str, Any], contracts: dict[str, type[TableContract]]) -> Report:
    entry = dict(told)
    table = entry.pop("table")
    if table not in contracts:
        raise ValueError(f"reports.toml: {code} names the table {table}, which has no contract")
    contract = contracts[table]
    once_per = {
        grain: OncePer(contracts[into["table"]], tuple(into["key"]))
        for grain, into in entry.pop("once_per", {}).items()
    }
    fields = {
        field.name: field
        for table_contract in (*(into.contract for into in once_per.values()), contract)
        for field in table_contract.fields
    }
    columns = tuple(_column(code, name, column, fields) for name, column in entry.pop("columns").items())
    return Report(
        code=code,
        contract=contract,
        columns=columns,
        any_of=tuple(entry.pop("any_of", ())),
        not_with=frozenset(normalise_header(header) for header in entry.pop("not_with", ())),
        key=tuple(entry.pop("key", ())),
        conflict=tuple(entry.pop("conflict", ())),
        once_per=once_per,
        aliases=_aliases(code, columns),
        **entry,
    )


def _column(code: str, name: str, told: dict[str, Any], fields: dict[str, Field]) -> ReportColumn:
    if name not in fields:
        raise ValueError(f"reports.toml: {code} names the column {name}, which its table lacks")
    if told["kind"] not in KINDS:
        raise ValueError(f"reports.toml: {code}.{name} has the unknown kind {told['kind']}")
    given: dict[str, Any] = {key: tuple(it) if isinstance(it, list) else it for key, it in told.items()}
    return ReportColumn(name=name, field=fields[name], **given)


def _aliases(code: str, columns: tuple[ReportColumn, ...]) -> dict[str, tuple[int, str]]:
    """Normalised header to (rank, column name); the lower rank wins where a file has two headers of one column."""
    aliases: dict[str, tuple[int, str]] = {}
    for column in columns:
        named = {
            column.name: (*column.headers, column.name),
            f"{column.name}.debit": column.debit,
            f"{column.name}.direction": column.direction,
        }
        for name, headers in named.items():
            for rank, header in enumerate(headers):
                key = normalise_header(header)
                if key in aliases and aliases[key][1] != name:
                    raise ValueError(f"reports.toml: {code}: '{header}' names {aliases[key][1]} and {name}")
                aliases.setdefault(key, (rank, name))
    return aliases
