"""The figures as a page of Markdown: medians over the rounds, ratios first.

Belongs here: medians, ratios, goals and layout. Does not belong here: measuring.
"""

from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any

Figures = Mapping[str, Any]
NATION = "nation_"
GIB = 2**30 / 1e6
INTRO = """# What the pipeline costs

Written by `python -m tests.benchmarks.scale --write`; do not edit. Samples are those of `cape sample`.

- **Floor**: DuckDB alone reads the same files, one typed `CREATE TABLE AS` a report over all its files, with the same
  threads and memory limit, and checkpoints (`tests/benchmarks/floor.py`). The least that any pipeline on it must do.
- **Seconds** are of the processor, all threads added up, and medians over the rounds; the wall tells of other jobs too.
  Ratios are what is compared: the floor runs before and after each run.
- **End to end** is `cape run` in a fresh process: interpreter, imports, Dagster, every file loaded, every table, check,
  report and file, and the analysts' snapshot. The stages are the same work without Dagster.
- **Peak** is the most memory that a process held; by schema, since the table before.
"""


class Missing(Exception):
    """A figure was not measured."""


def page(found: Mapping[str, Figures]) -> str:
    """All that was measured, smallest size first, then the whole country."""
    sizes = sorted((of_size for name, of_size in found.items() if not name.startswith(NATION)), key=_entries)
    nations = sorted((of_size for name, of_size in found.items() if name.startswith(NATION)), key=_entries)
    parts = [INTRO]
    if sizes:
        parts += ["## Ratios\n", _table("", RATIOS, sizes), "## Seconds of the processor\n", _table("", SECONDS, sizes)]
        parts += ["## Memory and disk, MB\n", _table("", SPACE, sizes)]
        parts += ["## Dearest tables, seconds\n", _dearest(sizes)]
    if nations:
        parts += ["## In slices: as a whole country is done on a small machine\n", _table("", IN_SLICES, nations)]
    parts += ["## Conditions\n", _table("", CONDITIONS, [*sizes, *nations])]
    return "\n".join(parts)


def _entries(of_size: Figures) -> int:
    return int(of_size["entries"])


def _table(
    corner: str, rows: Iterable[tuple[str, Callable[[Figures, list[Figures]], str]]], sizes: list[Figures]
) -> str:
    lines = [f"| {corner} | " + " | ".join(f"{_entries(of_size):,} entries" for of_size in sizes) + " |"]
    lines.append("|---|" + "---:|" * len(sizes))
    for name, told in rows:
        cells = []
        for of_size in sizes:
            try:
                cells.append(told(of_size, sizes))
            except Missing:
                cells.append("")
        if any(cells):
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


# ---- figures -------------------------------------------------------------------------------------------------------


def of(of_size: Figures, name: str, key: str = "cpu") -> float:
    """The median over the rounds of a figure of one process.

    Raises:
        Missing: it was not measured.
    """
    found = [one[name][key] for one in of_size["rounds"] if name in one]
    if not found:
        raise Missing(name)
    return float(median(found))


def most(of_size: Figures, name: str, key: str) -> float:
    """The highest of a figure over the rounds."""
    found = [one[name][key] for one in of_size["rounds"] if name in one]
    if not found:
        raise Missing(name)
    return float(max(found))


def told(of_size: Figures, name: str, *keys: str) -> float:
    """The median of what a process told of itself."""
    found = []
    for one in of_size["rounds"]:
        value = one.get(name, {}).get("told", {})
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is not None:
            found.append(value)
    if not found:
        raise Missing(name)
    return float(median(found))


def floor_cpu(of_size: Figures) -> float:
    found = [floor["cpu"] for one in of_size["rounds"] for floor in one.get("floors", ())]
    if not found:
        raise Missing("floor")
    return float(median(found))


def checks_cpu(of_size: Figures) -> float:
    """Seconds in contracts and claims, over the stages that have any."""
    names = _check_names(of_size)
    return sum(told(of_size, stage, "checks_cpu", name) for stage in ("receive", "tables") for name in names)


def _check_names(of_size: Figures) -> list[str]:
    for one in of_size["rounds"]:
        if "tables" in one:
            return list(one["tables"]["told"]["checks_cpu"])
    raise Missing("tables")


def staged_cpu(of_size: Figures) -> float:
    return of(of_size, "receive") + of(of_size, "tables") + of(of_size, "outputs")


def ratio_to_floor(of_size: Figures) -> float:
    return of(of_size, "run") / floor_cpu(of_size)


def _rounds_to_floor(of_size: Figures) -> str:
    found = [
        one["run"]["cpu"] / median(floor["cpu"] for floor in one["floors"])
        for one in of_size["rounds"]
        if "run" in one and one.get("floors")
    ]
    if not found:
        raise Missing("run")
    return " · ".join(f"{one:.2f}" for one in found)


def _month_cpu(of_size: Figures) -> float:
    return of(of_size, "month_load") + of(of_size, "month_build")


def _slope(of_size: Figures, sizes: list[Figures]) -> str:
    """Against the next smaller size of a million entries or more."""
    base = [one for one in sizes if 1_000_000 <= _entries(one) < _entries(of_size)]
    if not base:
        raise Missing("no smaller size")
    return _against(ratio_to_floor(of_size) / ratio_to_floor(base[-1]), 1.15)


# ---- cells ---------------------------------------------------------------------------------------------------------


def _against(value: float, goal: float, *, at_least: bool = False, is_share: bool = False) -> str:
    """The value, and in words whether it meets its goal."""
    is_met = value >= goal if at_least else value <= goal
    shown = f"{value:.1%}" if is_share else f"{value:.2f}"
    return f"{shown} {'met' if is_met else '**not met**'}"


def _share(name: str, goal: float | None = None) -> Callable[[Figures, list[Figures]], str]:
    def cell(of_size: Figures, _: list[Figures]) -> str:
        share = of(of_size, name) / of(of_size, "run")
        return f"{share:.1%}" if goal is None else _against(share, goal, is_share=True)

    return cell


def _share_of_stages(name: str) -> Callable[[Figures, list[Figures]], str]:
    return lambda of_size, _: f"{of(of_size, name) / staged_cpu(of_size):.1%}"


def _seconds(of_what: Callable[[Figures], float]) -> Callable[[Figures, list[Figures]], str]:
    return lambda of_size, _: f"{of_what(of_size):,.1f}"


def _whole(of_what: Callable[[Figures], float]) -> Callable[[Figures, list[Figures]], str]:
    return lambda of_size, _: f"{of_what(of_size):,.0f}"


def _limit_mb(of_size: Figures) -> float:
    text = str(of_size["memory_limit"]).upper().replace(" ", "")
    units = {"GIB": GIB, "GB": 1_000.0, "MIB": GIB / 1024, "MB": 1.0}
    unit = next(unit for unit in units if text.endswith(unit))
    return float(text.removesuffix(unit)) * units[unit]


def _peak(of_size: Figures) -> float:
    return most(of_size, "run", "peak_mb")


def _peak_goal(of_size: Figures, _: list[Figures]) -> str:
    return _against(_peak(of_size) / _limit_mb(of_size), 1.3)


def _peak_gib(of_size: Figures, _: list[Figures]) -> str:
    gib = _peak(of_size) / GIB
    return _against(gib, 3) if _entries(of_size) == 1_000_000 else f"{gib:.2f}"


def _by_schema(schema: str, key: str) -> Callable[[Figures], float]:
    return lambda of_size: told(of_size, "tables", key, schema)


SCHEMAS = ("ace", "lines", "entries", "refunds", "payments", "reports", "registry")
Row = tuple[str, Callable[[Figures, list[Figures]], str]]

RATIOS: list[Row] = [
    ("end to end / floor (at most 4)", lambda one, _: _against(ratio_to_floor(one), 4)),
    ("… of each round", lambda one, _: _rounds_to_floor(one)),
    ("stages without Dagster / floor", lambda one, _: f"{staged_cpu(one) / floor_cpu(one):.2f}"),
    ("ratio to floor / that of the smaller size (at most 1.15)", _slope),
    ("peak, GiB (at most 3 at a million)", _peak_gib),
    ("peak / memory limit of the engine (at most 1.3)", _peak_goal),
    (
        "contracts and checks, share of the stages (at most 20 %)",
        lambda one, _: _against(checks_cpu(one) / staged_cpu(one), 0.2, is_share=True),
    ),
    ("same day, nothing new / end to end (at most 2 %)", _share("same_day", 0.02)),
    ("as-of one day later / end to end (at most 10 %)", _share("next_day", 0.1)),
    ("one day's new rows / end to end", _share("new_file")),
    (
        "one month: load and build / end to end (at most 12 %)",
        lambda one, _: _against(_month_cpu(one) / of(one, "run"), 0.12, is_share=True),
    ),
    ("… its build alone / end to end", _share("month_build")),
    ("nothing new, without Dagster, imports and files / stages", _share_of_stages("tables_same_day")),
    ("as-of one day later, likewise / stages", _share_of_stages("tables_next_day")),
    (
        "pandas / stages, seconds (at least 2)",
        lambda one, _: _against(of(one, "pandas") / staged_cpu(one), 2, at_least=True),
    ),
    (
        "pandas / receiving and tables up to payments, seconds",
        lambda one, _: f"{of(one, 'pandas') / _tables_like_pandas(one):.2f}",
    ),
    (
        "pandas / end to end, peak (at least 4)",
        lambda one, _: _against(most(one, "pandas", "peak_mb") / _peak(one), 4, at_least=True),
    ),
]


def _tables_like_pandas(of_size: Figures) -> float:
    """What the pandas version has too: received rows, and the tables but those for reports."""
    schemas = ("ace", "lines", "entries", "refunds", "payments")
    return of(of_size, "receive") + sum(told(of_size, "tables", "schema_cpu", schema) for schema in schemas)


def _overhead(of_size: Figures) -> float:
    return of(of_size, "run") - staged_cpu(of_size)


SECONDS: list[Row] = [
    ("floor", _seconds(floor_cpu)),
    ("**end to end**", _seconds(lambda one: of(one, "run"))),
    ("receive", _seconds(lambda one: of(one, "receive"))),
    ("tables", _seconds(lambda one: of(one, "tables"))),
    *(
        (f"… {schema}", _seconds(lambda one, schema=schema: told(one, "tables", "schema_cpu", schema)))  # type: ignore[misc]
        for schema in SCHEMAS
    ),
    ("outputs", _seconds(lambda one: of(one, "outputs"))),
    ("… of it the snapshot", _seconds(lambda one: told(one, "outputs", "snapshot_cpu"))),
    ("Dagster, start and imports: end to end less the stages", _seconds(_overhead)),
    ("contracts and checks, in the above", _seconds(checks_cpu)),
    ("same day, nothing new", _seconds(lambda one: of(one, "same_day"))),
    ("as-of one day later", _seconds(lambda one: of(one, "next_day"))),
    ("one day's new rows", _seconds(lambda one: of(one, "new_file"))),
    ("a changed month: its load", _seconds(lambda one: of(one, "month_load"))),
    ("a changed month: its tables", _seconds(lambda one: of(one, "month_build"))),
    ("nothing new, tables alone", _seconds(lambda one: of(one, "tables_same_day"))),
    ("as-of one day later, tables alone", _seconds(lambda one: of(one, "tables_next_day"))),
    ("pandas", _seconds(lambda one: of(one, "pandas"))),
    ("wall of the floor", _seconds(lambda one: float(median(f["wall"] for r in one["rounds"] for f in _floors(r))))),
    ("wall end to end", _seconds(lambda one: of(one, "run", "wall"))),
]


def _floors(one_round: Figures) -> list[Figures]:
    if not one_round.get("floors"):
        raise Missing("floor")
    return list(one_round["floors"])


SPACE: list[Row] = [
    ("peak: floor", _whole(lambda one: max(f["peak_mb"] for r in one["rounds"] for f in _floors(r)))),
    ("peak: end to end", _whole(_peak)),
    ("peak: receive", _whole(lambda one: most(one, "receive", "peak_mb"))),
    *(
        (f"peak: {schema}", _whole(lambda one, schema=schema: told(one, "tables", "schema_peak_mb", schema)))  # type: ignore[misc]
        for schema in SCHEMAS
    ),
    ("peak: outputs", _whole(lambda one: most(one, "outputs", "peak_mb"))),
    ("peak: as-of one day later", _whole(lambda one: most(one, "next_day", "peak_mb"))),
    ("peak: pandas", _whole(lambda one: most(one, "pandas", "peak_mb"))),
    ("exports", _whole(lambda one: one["exports_mb"])),
    ("file of the floor", _whole(lambda one: max(f["told"]["file_mb"] for r in one["rounds"] for f in _floors(r)))),
    ("warehouse", _whole(lambda one: of(one, "run", "warehouse_mb"))),
    ("snapshot", _whole(lambda one: told(one, "outputs", "snapshot_mb"))),
    ("files written", _whole(lambda one: of(one, "run", "out_mb"))),
    ("most spilled, end to end", _whole(lambda one: most(one, "run", "spill_mb"))),
    ("most disk, end to end, with exports", _whole(lambda one: most(one, "run", "disk_mb"))),
]


def _dearest(sizes: list[Figures]) -> str:
    """The dearest tables of the largest size, and what they cost at every size."""
    by_size: list[dict[str, float]] = []
    for of_size in sizes:
        rounds = [one["tables"]["told"]["dearest"] for one in of_size["rounds"] if "tables" in one]
        names = {name for one in rounds for name in one}
        by_size.append({name: median([one[name] for one in rounds if name in one]) for name in names})
    largest: dict[str, float] = next((found for found in reversed(by_size) if found), {})
    order = sorted(largest, key=largest.__getitem__, reverse=True)
    lines = ["| | " + " | ".join(f"{_entries(of_size):,} entries" for of_size in sizes) + " |"]
    lines.append("|---|" + "---:|" * len(sizes))
    for name in order:
        lines.append(f"| {name} | " + " | ".join(f"{one[name]:,.1f}" if name in one else "" for one in by_size) + " |")
    return "\n".join(lines) + "\n"


IN_SLICES: list[Row] = [
    ("slices", lambda one, _: f"{one['slices']:,}"),
    ("tariff rows received", lambda one, _: f"{one['rows']:,}"),
    ("entries in the tables", lambda one, _: f"{one['entries_built']:,}"),
    ("seconds of the processor: writing the slices", lambda one, _: f"{one['sample_cpu']:,.0f}"),
    ("… receiving them", lambda one, _: f"{one['receive_cpu']:,.0f}"),
    ("… tables", lambda one, _: f"{one['tables_cpu']:,.0f}"),
    ("… files and snapshot", lambda one, _: f"{one['outputs_cpu']:,.0f}"),
    ("wall without writing the slices, minutes (at most 90 at 53 million)", lambda one, _: f"{one['wall'] / 60:,.1f}"),
    ("peak, MB", lambda one, _: f"{one['peak_mb']:,.0f}"),
    ("most disk, MB (below 80,000)", lambda one, _: f"{one['disk_mb']:,.0f}"),
    ("warehouse, MB", lambda one, _: f"{one['warehouse_mb']:,.0f}"),
]


def _versions(of_size: Figures) -> str:
    return ", ".join(f"{name} {version}" for name, version in of_size["versions"].items())


def _conditions_of(of_size: Figures, key: str) -> list[float]:
    found = [cost[key] for cost in of_size.get("began", ())]
    for one in of_size.get("rounds", ()):
        for cost in [*one.get("floors", ()), *(value for value in one.values() if isinstance(value, Mapping))]:
            found.append(cost[key])
    if not found:
        raise Missing(key)
    return found


CONDITIONS: list[Row] = [
    ("measured on", lambda one, _: str(one["measured_on"])),
    ("rounds", lambda one, _: str(len(one.get("rounds", ())) or 1)),
    ("machine", lambda one, _: f"{one['cores']} cores, {one['memory_gib']} GiB"),
    ("system", lambda one, _: str(one["system"])),
    ("engine", lambda one, _: f"{one['threads']} threads, limit {one['memory_limit']}"),
    ("versions", lambda one, _: _versions(one)),
    (
        "load average when each process began",
        lambda one, _: f"{min(_conditions_of(one, 'load')):.1f} to {max(_conditions_of(one, 'load')):.1f}",
    ),
    (
        "two million additions then, seconds",
        lambda one, _: (
            f"{min(_conditions_of(one, 'loop')):.3f} to {max(_conditions_of(one, 'loop')):.3f}"
            f" (median {median(_conditions_of(one, 'loop')):.3f})"
        ),
    ),
]
