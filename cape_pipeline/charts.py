"""The two pictures of a portfolio, drawn as SVG text from finished tables: the report and the Dagster UI show the same.

Belongs here: which sums a chart is made of, and how it is drawn; the same tables give the same bytes. Does not belong
here: a figure that is in no table, and where a chart is shown (`report_page/`, the assets). Matplotlib is imported by
the functions that draw: asking for this module alone must stay cheap.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Certain, possible and settled money in colours that also differ in lightness, for grey prints and colour blindness.
SETTLED, CERTAIN, POSSIBLE, WAITING = "#1b4965", "#2f7f86", "#b9dcd6", "#d98a29"
INK, FAINT = "#1f2933", "#d5dbe1"
WIDTH_INCHES = 7.6
MOST_MONTHS = 120

EXPOSURE = """
select
    recommended_path,
    sum(entry_count - later_entry_count) as entry_count,
    coalesce(sum(refund_principal_usd - open_principal_usd), 0) as settled_usd,
    coalesce(sum(open_principal_usd), 0) as open_usd,
    coalesce(sum(refund_principal_high_usd - refund_principal_usd), 0) as range_usd,
    sum(principal_unknown_count) as principal_unknown_count
from reports.position_by_path
group by recommended_path
having coalesce(sum(refund_principal_high_usd), 0) > 0 or sum(principal_unknown_count) > 0
order by settled_usd + open_usd + range_usd desc, recommended_path
"""
#: A batch CBP shows no refund for yet is expected; an issued refund is that until its cash is found, unless it was
#: issued anew under another number.
CALENDAR = """
with flows as (
    select
        'expected' as flow,
        payment_to_date as due_date,
        total_usd
    from refunds.refund_batches
    where len(refund_numbers) = 0
    union all
    select
        'issued' as flow,
        refund_date as due_date,
        coalesce(rev603_usd, es022_principal_usd + es022_interest_usd) - coalesce(diverted_usd, 0) as total_usd
    from entries.refund_cash
    where refund_class = 'cape' and deposited_usd is null and reissued_as is null
    union all
    select
        'received' as flow,
        bank_value_date as due_date,
        deposited_usd as total_usd
    from entries.refund_cash
    where refund_class = 'cape' and deposited_usd is not null
)
select
    flow,
    cast(date_trunc('month', due_date) as date) as month,
    coalesce(sum(total_usd), 0) as total_usd,
    count(*) filter (where total_usd is null) as unknown_count
from flows
group by flow, month
order by month, flow
"""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a stacked chart: what it is called and its amounts in USD, one for each bar."""

    label: str
    color: str
    amounts: Sequence[Decimal]

    @property
    def is_shown(self) -> bool:
        """Whether any bar has some of it."""
        return any(self.amounts)


def exposure_by_path(con: duckdb.DuckDBPyConnection) -> str:
    """IEEPA principal by recommended path: settled, open and certain, and what a range may add.

    Args:
        con: a connection whose reports.position_by_path is finished.

    Returns:
        A whole SVG document, or "" where no path has any principal.
    """
    rows = con.execute(EXPOSURE).fetchall()
    drawn = [row for row in rows if any(row[2:5])]
    if not drawn:
        return ""
    series = (
        Series("refunded or settled", SETTLED, [row[2] for row in drawn]),
        Series("open and certain", CERTAIN, [row[3] for row in drawn]),
        Series("may come above it", POSSIBLE, [row[4] for row in drawn]),
    )
    labels = [f"{_words(path)} ({count:,})" for path, count, *_ in drawn]
    unknown = sum(row[5] for row in rows)
    note = f"{unknown:,} {_entries(unknown)} of unknown principal in no bar" if unknown else ""
    return _svg(
        f"IEEPA principal by recommended path (entries), as of {_as_of(con)}",
        note,
        1.0 + 0.34 * len(drawn),
        lambda axes: _draw_across(axes, labels, series),
        series,
    )


def payment_calendar(con: duckdb.DuckDBPyConnection) -> str:
    """Refunds by month: found at the bank, issued by CBP but not found there, and expected, by the window's last day.

    Args:
        con: a connection whose entries.refund_cash and refunds.refund_batches are finished.

    Returns:
        A whole SVG document, or "" where nothing has a day.
    """
    rows = con.execute(CALENDAR).fetchall()
    amounts: dict[tuple[str, date | None], Decimal] = {(flow, month): total for flow, month, total, _ in rows}
    known = sorted({month for flow, month in amounts if month is not None and amounts[flow, month]})
    if not known:
        return ""
    months = _months(known[0], known[-1])
    series = tuple(
        Series(label, color, [amounts.get((flow, month), Decimal(0)) for month in months])
        for flow, label, color in (
            ("received", "found at the bank", SETTLED),
            ("issued", "issued, not found at the bank", WAITING),
            ("expected", "expected, at the latest", POSSIBLE),
        )
    )
    as_of = _as_of(con)
    return _svg(
        f"CAPE refunds with interest by month, as of {as_of}",
        _outside_months(rows, months[0]),
        3.3,
        lambda axes: _draw_months(axes, months, series, as_of),
        series,
    )


def _outside_months(rows: Sequence[tuple[Any, ...]], first: date) -> str:
    """What no bar holds: without a day, before the first month, of unknown amount."""
    undated = sum((total for _, month, total, _ in rows if month is None), Decimal(0))
    before = sum((total for _, month, total, _ in rows if month is not None and month < first), Decimal(0))
    unknown = sum(count for *_, count in rows)
    told = []
    if undated:
        told.append(f"USD {undated:,.2f} has no date yet and is in no bar")
    if before:
        told.append(f"USD {before:,.2f} is from before {first:%Y-%m} and in no bar")
    if unknown:
        told.append(f"{unknown:,} of unknown amount in no bar")
    return "; ".join(told)


def _as_of(con: duckdb.DuckDBPyConnection) -> date | None:
    row = con.execute("select as_of_date from registry.as_of").fetchone()
    return row[0] if row else None


def _months(first: date, last: date) -> list[date]:
    """Every month from first to last; a far outlier does not stretch the picture beyond ten years."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers[-MOST_MONTHS:]]


def _words(path: str) -> str:
    """A recommended path as people say it."""
    return "nothing left to do" if path == "none" else path.replace("_", " ").replace("cape", "CAPE")


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"


def _short(amount: float, _position: object = None) -> str:
    """An amount on an axis, where the exact one stands in the table beside."""
    for size, unit in ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k")):
        if abs(amount) >= size:
            return f"{amount / size:,.1f} {unit}"
    return f"{amount:,.0f}"


def _draw_across(axes: "Axes", labels: Sequence[str], series: Sequence[Series]) -> None:
    """Bars from left to right, the first label on top, each with its total behind it."""
    places = range(len(labels))
    starts = [0.0] * len(labels)
    for one in series:
        widths = [float(amount) for amount in one.amounts]
        axes.barh(places, widths, left=starts, height=0.66, color=one.color, label=one.label)
        starts = [start + width for start, width in zip(starts, widths, strict=True)]
    for place, end in zip(places, starts, strict=True):
        axes.annotate(_short(end), (end, place), xytext=(5, 0), textcoords="offset points", va="center", color=INK)
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.set_xlim(0, max(starts) * 1.12)
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter(_short)
    axes.set_xlabel("USD")
    axes.grid(axis="x", color=FAINT)


def _draw_months(axes: "Axes", months: Sequence[date], series: Sequence[Series], as_of: date | None) -> None:
    """Bars from month to month, and a line between the months before and after the day."""
    places = range(len(months))
    starts = [0.0] * len(months)
    for one in series:
        heights = [float(amount) for amount in one.amounts]
        axes.bar(places, heights, bottom=starts, width=0.72, color=one.color, label=one.label)
        starts = [start + height for start, height in zip(starts, heights, strict=True)]
    for place, end in zip(places, starts, strict=True):
        if end and len(months) <= 14:
            axes.annotate(_short(end), (place, end), xytext=(0, 3), textcoords="offset points", ha="center", color=INK)
    step = -(-len(months) // 14)
    axes.set_xticks(places[::step], [f"{month:%Y-%m}" for month in months[::step]])
    axes.set_ylim(0, max(starts) * 1.12)
    axes.locator_params(axis="y", nbins=6)
    axes.yaxis.set_major_formatter(_short)
    axes.set_ylabel("USD")
    axes.grid(axis="y", color=FAINT)
    if as_of is not None and months[0] <= as_of.replace(day=1) <= months[-1]:
        axes.axvspan(*_whole_month(months.index(as_of.replace(day=1))), color="#eef2f5", zorder=0)


def _whole_month(place: int) -> tuple[float, float]:
    return place - 0.5, place + 0.5


@contextmanager
def _same_everywhere() -> Iterator[None]:
    """Matplotlib's own defaults, whatever the reader's matplotlibrc says, text as text and steady identifiers."""
    import matplotlib.style

    settings = {
        "axes.axisbelow": True,
        "axes.edgecolor": FAINT,
        "axes.labelcolor": INK,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "font.size": 10,
        "svg.fonttype": "none",
        "svg.hashsalt": "cape_pipeline.charts",
        "text.color": INK,
        "text.parse_math": False,  # a dollar sign in the data is no formula
        "xtick.color": INK,
        "ytick.color": INK,
    }
    with matplotlib.style.context(["default", settings]):
        yield


def _svg(title: str, note: str, height_inches: float, draw: Callable[["Axes"], None], series: Sequence[Series]) -> str:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with _same_everywhere():
        figure = Figure(figsize=(WIDTH_INCHES, height_inches + 0.5), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots()
        draw(axes)
        figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
        _add_legend(axes, series)
        if note:
            figure.supxlabel(note, x=0.01, ha="left", fontsize=9)
        return _text_of(figure, title)


def _add_legend(axes: "Axes", series: Sequence[Series]) -> None:
    """What each colour means, of the colours that are there, between title and bars."""
    handles, labels = axes.get_legend_handles_labels()
    shown = {one.label for one in series if one.is_shown}
    kept = [(handle, label) for handle, label in zip(handles, labels, strict=True) if label in shown]
    axes.legend(
        [handle for handle, _ in kept],
        [label for _, label in kept],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.2,
        ncols=3,
        frameon=False,
        fontsize=9,
        columnspacing=1.2,
    )


def _text_of(figure: "Figure", title: str) -> str:
    """The SVG from its root element on: without clock, name of the program, and reference to a document type."""
    written = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(written, format="svg", metadata={"Title": title, **nothing})
    text = written.getvalue()
    return text[text.index("<svg") :]
