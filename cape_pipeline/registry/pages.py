"""The registry as pages for people: one for each IEEPA programme, one for all other families, and an index.

Belongs here: what a page shows, in Markdown, from the seeds alone and the same every time. Does not belong here: the
law itself (`registry_seeds/`), printing (`commands/`), Dagster, DuckDB.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cape_pipeline.registry.load import load_registry
from cape_pipeline.registry.models import RATE_BY_RULE

Row = dict[str, Any]
FOLDER = "programmes"
INDEX = "README.md"
FAMILIES = "other_families.md"
MARK = "<!-- Written by `cape registry pages` from the seeds: change those, not this file. -->"
LEGEND = (
    "Days are days of entry, or of withdrawal from warehouse, for consumption in US Eastern; the first and the last one"
    " both belong to the window. Countries are two-letter codes. Nothing here is legal advice."
)
MOST_COUNTRIES = 6
NO_DUTY_KINDS = {
    "zero_exempt": "exempt",
    "zero_exempt_companion": "zero line that also switches off Section 232",
    "zero_exempt_in_transit": "exempt, in transit",
    "zero_exempt_partial": "exempt for a part of the value",
}
OTHER_KINDS = {
    "ad_valorem_in_lieu": "in place of the programme's other rates",
    "ad_valorem_add_superseded_retro": "replaced backwards in time",
}
BUCKETS_WITHOUT_NUMBER = "no tariff number"


def pages_of(folder: Path) -> dict[str, str]:
    """The pages of a folder of seeds.

    Returns:
        The text of each page by file name, in the order of the index.

    Raises:
        RegistryError: the seeds cannot be used.
    """
    tables = {table_id: frame.to_dicts() for table_id, frame in load_registry(folder).items()}
    headings = tables["registry.ieepa_headings"]
    programmes = list(dict.fromkeys(row["programme"] for row in _by_day(_believed(headings))))
    pages = {f"{programme}.md": _programme_page(programme, tables) for programme in programmes}
    pages[FAMILIES] = _families_page(tables)
    return {INDEX: _index(programmes, tables), **pages}


def write_pages(folder: Path, pages: Mapping[str, str]) -> list[Path]:
    """Write the pages into `programmes/` of a folder of seeds, and remove generated ones that are no more.

    Returns:
        The files that were new or changed.
    """
    target = folder / FOLDER
    target.mkdir(exist_ok=True)
    for path in target.glob("*.md"):
        if path.name not in pages and MARK in path.read_text(encoding="utf-8"):
            path.unlink()
    changed = [target / name for name, text in pages.items() if _stored(target / name) != text]
    for path in changed:
        path.write_text(pages[path.name], encoding="utf-8", newline="\n")
    return changed


def stale_pages(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """A sentence for each page that is missing, not what the seeds say, or of no programme."""
    target = folder / FOLDER
    stale = []
    for name, text in pages.items():
        if (stored := _stored(target / name)) != text:
            stale.append(f"{FOLDER}/{name}: " + ("missing" if stored is None else "not what the seeds say"))
    stale += [
        f"{FOLDER}/{path.name}: no programme has this name" for path in target.glob("*.md") if path.name not in pages
    ]
    return [f"{sentence}; write it with cape registry pages" for sentence in sorted(stale)]


def _stored(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


# --- pages -----------------------------------------------------------------------------------------------------------


def _index(programmes: Sequence[str], tables: Mapping[str, list[Row]]) -> str:
    rows = []
    for programme in programmes:
        windows = _by_day(_believed(tables["registry.ieepa_headings"], programme=programme))
        rates = [row for row in windows if row["imposes_duty"]]
        rows.append(
            [
                f"[{programme}]({programme}.md)",
                str(len({row["heading"] for row in windows})),
                str(len(windows)),
                _first_day(rates),
                _last_day(rates),
                _what_it_is(rates or windows),
            ]
        )
    families = _believed(tables["registry.chapter99_families"])
    return _page(
        "IEEPA programmes",
        f"What the registry holds of each programme, for reading. {LEGEND}",
        _table(["programme", "headings", "windows", "first day of a duty", "last day", "first heading"], rows),
        f"All other ranges of tariff numbers, {len(families)} families by duty bucket: [other families]({FAMILIES}).",
    )


def _programme_page(programme: str, tables: Mapping[str, list[Row]]) -> str:
    windows = _by_day(_believed(tables["registry.ieepa_headings"], programme=programme))
    rates = [row for row in windows if row["imposes_duty"]]
    return _page(
        programme,
        f"{_what_it_is(rates or windows)}. {LEGEND}",
        *_facts(programme, windows, rates, tables),
        *_timeline(rates),
        *_section(
            "Replaced backwards in time",
            "Filers could file no other rate, so rows under these headings are expected on entries never corrected."
            " What was paid under them is IEEPA duty.",
            [row for row in windows if row["rate_kind"] == "ad_valorem_add_superseded_retro"],
        ),
        *_section(
            "Headings that carry no duty",
            "They may stand on a line, but duty on one of them is an anomaly.",
            [row for row in windows if row["rate_kind"] in NO_DUTY_KINDS],
        ),
        *_section(
            "Suspended",
            "The schedule prints these headings in these windows, and nothing was collectable under them.",
            [row for row in windows if row["rate_kind"] == "suspended"],
        ),
        *_country_lists(windows),
        *_withdrawn(programme, tables["registry.ieepa_headings"]),
        *_citations(windows, ("heading", "effective_from", "authority")),
        *_sources([*windows, *_believed(tables["registry.programme_dates"], programme=programme)], tables),
    )


def _facts(
    programme: str, windows: Sequence[Row], rates: Sequence[Row], tables: Mapping[str, list[Row]]
) -> Iterator[str]:
    dates = _believed(tables["registry.programme_dates"], programme=programme)
    rows = [["published", *_cited(row["publication_date"].isoformat(), row)] for row in dates] + [
        ["first collected", *_cited(row["first_collection_date"].isoformat(), row)] for row in dates
    ]
    rows += [
        ["last day of a duty", _last_day(rates), "last day of the windows below"],
        ["headings", f"{len({row['heading'] for row in windows})} in {len(windows)} windows", "listed below"],
        ["of them with a duty", f"{len({row['heading'] for row in rates})} in {len(rates)} windows", "listed below"],
    ]
    yield _table(["", "", "by"], rows)
    yield "## Authority"
    authorities = dict.fromkeys(row["authority"] for row in windows)
    yield "\n".join(f"- {authority}" for authority in authorities)


def _cited(value: str, row: Row) -> list[str]:
    return [value, f"{row['source']}, {row['locator']} ({row['confidence']})"]


def _timeline(rates: Sequence[Row]) -> Iterator[str]:
    """For each day on which a rate begins or ends: what begins, and what ended the day before."""
    yield "## Timeline of rates"
    days = {row["effective_from"] for row in rates} | {row["effective_to"] + timedelta(days=1) for row in rates}
    for day in sorted(days):
        yield f"### {day}"
        begins = [row for row in rates if row["effective_from"] == day]
        if begins:
            yield _table(
                ["heading", "rate", "countries", "last day", "what"],
                [
                    [row["heading"], _rate(row), _countries(row), row["effective_to"].isoformat(), row["description"]]
                    for row in begins
                ],
            )
        ended = [row for row in rates if row["effective_to"] == day - timedelta(days=1)]
        if ended:
            names = ", ".join(f"{row['heading']} ({_rate(row)})" for row in ended)
            yield f"Ended the day before: {names}."


def _rate(row: Row) -> str:
    rate = "15 % less column 1" if row["rate_text"] == RATE_BY_RULE else f"{_percent(row['rate'])} %"
    kind = OTHER_KINDS.get(row["rate_kind"])
    return f"{rate}, {kind}" if kind else rate


def _percent(rate: Any) -> str:
    return f"{(rate * 100).normalize():f}"


def _section(title: str, sentence: str, rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        yield f"## {title}"
        yield sentence
        yield _table(
            ["heading", "kind", "countries", "first day", "last day", "what"],
            [
                [
                    row["heading"],
                    NO_DUTY_KINDS.get(row["rate_kind"], row["rate_kind"].replace("_", " ")),
                    _countries(row),
                    row["effective_from"].isoformat(),
                    row["effective_to"].isoformat(),
                    row["description"],
                ]
                for row in sorted(rows, key=lambda row: (row["heading"], row["effective_from"]))
            ],
        )


def _countries(row: Row) -> str:
    codes = row["countries"]
    if codes == ["ALL"]:
        return "every origin"
    return " ".join(codes) if len(codes) <= MOST_COUNTRIES else f"{len(codes)} countries, listed below"


def _country_lists(windows: Sequence[Row]) -> Iterator[str]:
    lists: dict[tuple[str, ...], list[str]] = {}
    for row in windows:
        if len(row["countries"]) > MOST_COUNTRIES:
            lists.setdefault(tuple(row["countries"]), []).append(row["heading"])
    if lists:
        yield "## Lists of countries"
        yield _table(
            ["headings", "countries"],
            [
                [" ".join(dict.fromkeys(headings)), f"{len(codes)}: {' '.join(codes)}"]
                for codes, headings in lists.items()
            ],
        )


def _withdrawn(programme: str, headings: Sequence[Row]) -> Iterator[str]:
    wrong = [row for row in headings if row["programme"] == programme and row["withdrawn_date"] is not None]
    if wrong:
        yield "## Rows found wrong"
        yield "They decide nothing; what was believed on an earlier day stays answerable."
        yield _table(
            ["heading", "rate", "first day", "last day", "recorded", "withdrawn"],
            [
                [
                    row["heading"],
                    _rate(row),
                    *(row[name].isoformat() for name in ("effective_from", "effective_to")),
                    *(row[name].isoformat() for name in ("recorded_date", "withdrawn_date")),
                ]
                for row in _by_day(wrong)
            ],
        )


def _families_page(tables: Mapping[str, list[Row]]) -> str:
    families = _believed(tables["registry.chapter99_families"])
    buckets: dict[str, list[Row]] = {}
    for row in families:
        buckets.setdefault(row["duty_bucket"] or BUCKETS_WITHOUT_NUMBER, []).append(row)
    parts = []
    for bucket, rows in buckets.items():
        parts += [
            f"## {bucket}",
            _table(
                ["pattern", "family", "first day", "last day", "authority"],
                [
                    [
                        row["pattern"],
                        row["family"],
                        _open(row["effective_from"]),
                        _open(row["effective_to"]),
                        row["authority"] or "",
                    ]
                    for row in rows
                ],
            ),
        ]
    return _page(
        "Other families of tariff numbers",
        f"Every other range of tariff numbers, by the bucket its duty falls into. {LEGEND}",
        "The narrowest range that holds a number decides; `x` and `n` stand for any digit.",
        *parts,
        *_citations(families, ("pattern", "effective_from")),
        *_sources(families, tables),
    )


def _open(day: date | None) -> str:
    return day.isoformat() if day else "open"


# --- citations -------------------------------------------------------------------------------------------------------


def _citations(rows: Sequence[Row], naming: Sequence[str]) -> Iterator[str]:
    """Each row by the columns that name it, with its citation."""
    columns = (*naming, "source", "locator", "confidence", "recorded_date")
    yield "## Where each row comes from"
    yield _table(
        [column.replace("_", " ") for column in columns],
        [["" if row[column] is None else str(row[column]) for column in columns] for row in rows],
    )


def _sources(rows: Sequence[Row], tables: Mapping[str, list[Row]]) -> Iterator[str]:
    """The documents the rows rest on, those that a locator names beside the governing one included."""
    named = {row["source"] for row in rows} | {
        key for row in rows for key in re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", row["locator"])
    }
    documents = sorted(
        (row for row in tables["registry.sources"] if row["source"] in named), key=lambda row: row["source"]
    )
    yield "## Sources"
    yield _table(
        ["source", "title", "publisher", "number", "date", "address"],
        [
            [
                row["source"],
                row["title"],
                row["publisher"],
                row["reference"] or "",
                row["document_date"].isoformat() if row["document_date"] else "",
                f"<{row['address']}>" if row["address"] else "",
            ]
            for row in documents
        ],
    )


# --- rows and Markdown -----------------------------------------------------------------------------------------------


def _believed(rows: Sequence[Row], **equal: object) -> list[Row]:
    return [
        row
        for row in rows
        if row["withdrawn_date"] is None and all(row[name] == value for name, value in equal.items())
    ]


def _by_day(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["effective_from"], row["heading"]))


def _first_day(rows: Sequence[Row]) -> str:
    return min((row["effective_from"].isoformat() for row in rows), default="")


def _last_day(rows: Sequence[Row]) -> str:
    return max((row["effective_to"].isoformat() for row in rows), default="")


def _what_it_is(rows: Sequence[Row]) -> str:
    """What its first heading says."""
    return str(rows[0]["description"]).rstrip(".")


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((MARK, f"# {title}", *parts)) + "\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
