"""Rows on a screen of any width, so that no figure and no name is cut: as a table where one fits, else one by one.

Belongs here: how wide a column must be, and the two shapes rows take where a table of them is too wide. Does not belong
here: what is told, its order and its words; those are the printing module's of each command.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

#: Characters a column of texts has at least before they fold at blanks; a longer word has its own length.
LEAST_TEXT = 34
#: A name longer than this may fold behind an underscore.
LONGEST_NAME = 18
#: A word longer than this (a hash, a path) may be cut in two, none of its characters is lost.
LONGEST_WORD = 44
#: Wider than any screen: the length of a text beyond it does not matter.
WIDEST = 400


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, and whether it holds figures, which stand to the right and are never folded."""

    title: str
    is_number: bool = False


#: Control characters and their pictures: what a file holds moves no cursor, colours nothing and turns no text around;
#: halves of a character, which a file's name may hold, cannot be printed.
TURNING = (0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) != "\n"} | dict.fromkeys(
    (*range(127, 160), *TURNING, *range(0xD800, 0xE000)), "�"
)

Shape = Callable[[Console, Sequence[Column], Sequence[Sequence[str]]], None]


def print_rows(
    console: Console,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    otherwise: Shape,
    *,
    title: str = "",
    frame: box.Box | None = box.HEAVY_HEAD,
) -> None:
    """Print a table, texts folding at blanks; where the screen is too narrow for that, the rows in another shape.

    Args:
        console: where; its width decides.
        columns: title and kind of each cell of a row.
        rows: texts, which are never read as markup.
        otherwise: `print_records` or `print_sentences`.
        title: stands above either.
        frame: the lines of the table; None for none.
    """
    widths = fitting_widths(columns, rows, console.width - _taken_by_lines(len(columns), frame))
    if widths is None:
        if title:
            console.print(title, style="bold", markup=False, highlight=False)
        otherwise(console, columns, rows)
        return
    table = Table(title=title or None, title_justify="left", title_style="bold", box=frame, pad_edge=frame is not None)
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            Text(column.title), width=width, overflow="fold", justify="right" if column.is_number else "left"
        )
    for row in rows:
        table.add_row(*(shown(folded(text, width)) for text, width in zip(row, widths, strict=True)))
    console.print(table)


def shown(text: str) -> Text:
    """A text of the data as it may be shown: never markup, and its control characters as pictures of themselves."""
    return Text(text.translate(PICTURES))


def folded(text: str, width: int) -> str:
    """A text whose names go on in a new line behind an underscore, where they are wider than their column."""
    return re.sub(r"\S+", lambda name: _folded_name(name[0], width), text)


def _folded_name(name: str, width: int) -> str:
    lines = [""]
    for part in re.findall(r"[^_]*_|[^_]+$", name):
        if lines[-1] and cell_len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def fitting_widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], available: int) -> list[int] | None:
    """Width of each column, the widest texts folded first; None where not even the least widths fit."""
    least = [_least(column, [row[at] for row in rows]) for at, column in enumerate(columns)]
    widths = [_natural(column, [row[at] for row in rows]) for at, column in enumerate(columns)]
    if sum(least) > available:
        return None
    while sum(widths) > available:
        widest = max((at for at in range(len(widths)) if widths[at] > least[at]), key=lambda at: (widths[at], -at))
        widths[widest] -= 1
    return widths


def print_records(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Each row as a block of its known cells, a title and a value a line."""
    for at, row in enumerate(rows):
        if at:
            console.print()
        print_pairs(console, [(column.title, text) for column, text in zip(columns, row, strict=True)])


def print_pairs(console: Console, pairs: Sequence[tuple[str, str]], indent: int = 4) -> None:
    """Titles with their values beneath each other; what has no value is left out."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(min_width=max((cell_len(name) for name, _ in pairs), default=0), style="dim")
    grid.add_column(overflow="fold")
    for name, text in pairs:
        if text:
            grid.add_row(shown(name), shown(text))
    console.print(Padding(grid, (0, 0, 0, indent)))


def print_sentences(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Each row as one sentence, its first cell in front: `first: title value; title value`."""
    for first, *others in rows:
        told = shown(first)
        told.stylize("bold")
        known = [(column.title, text) for column, text in zip(columns[1:], others, strict=True) if text]
        for at, (title, text) in enumerate(known):
            link = ": " if not at else " " if known[at - 1][1].endswith(".") else "; "
            told.append(link).append(f"{title} ", style="dim").append_text(shown(text))
        grid = Table.grid()
        grid.add_column(width=2)
        grid.add_column(overflow="fold")
        grid.add_row("-", told)
        console.print(grid)


def _least(column: Column, texts: Sequence[str]) -> int:
    if column.is_number:
        return max(_longest_word(column.title), *map(cell_len, texts), 0)
    words = max(_longest_part(text) for text in [column.title, *texts])
    sentences = [text for text in texts if " " in text]
    return max(min(words, LONGEST_WORD), min(_longest_line(sentences), LEAST_TEXT))


def _natural(column: Column, texts: Sequence[str]) -> int:
    return max(_least(column, texts), min(_longest_line([column.title, *texts]), WIDEST))


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)


def _longest_part(text: str) -> int:
    """The longest word that cannot fold; a name that can has a width at which it need not fold often."""
    parts = (max(map(cell_len, word.split("_"))) + 1 if "_" in word else cell_len(word) for word in text.split())
    names = (min(cell_len(word), LONGEST_NAME) for word in text.split())
    return max(map(max, parts, names), default=0)


def _longest_line(texts: Sequence[str]) -> int:
    return max((cell_len(line) for text in texts for line in text.splitlines()), default=0)


def _taken_by_lines(columns: int, frame: box.Box | None) -> int:
    """What borders and blanks between the columns take of the screen's width."""
    return 3 * columns + 1 if frame is not None else 2 * (columns - 1)
