"""Both readings of a row, the quick one of usual rows and the full one of all others, come to the same."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cape_pipeline.ace import inspect_file, macros_sql, usual_rows
from cape_pipeline.ace.reports import report_book
from cape_pipeline.ace.usual_rows import usual_select
from tests.unit.ace import samples
from tests.unit.ace.intake import Intake, undone
from tests.unit.ace.test_properties import DAMAGED, NO_DATA, SAME

HEADERS = samples.ES003_HEADERS
EXAMPLES = settings(max_examples=settings.default.max_examples // 3, suppress_health_check=[HealthCheck.too_slow])

#: Cells at the edge of what is usual, whatever column they stand in.
EDGES = [
    "", " ", "x", " x", "x ", "x\t", "\u00a0x", "x\u00a0", "Ünal", "=x", '="x"', "a  b", "\x02", "a\x02b", "\ufeff1",
    "0", "1", "01", "001", "0001", "00001", "1.0", "1.00", "1.0000", "1.5", "-1", "123456", "1234567", "999999999",
    "1234567890", "12345678", "12345678.00", "9903.01.25", "9903.01.2501", "9903.01.25.01", "9903.0125",
    "$1.00", "-$1.00", "$-1.00", "1,234.5", "12,34", "1,234,567.89", "1234,567.89", "1.", ".5", "(5.00)", "1e5",
    "1.005",
    "999999999999999.99", "99999999999999999",
    "05/14/2025", "5/14/2025", "5/4/2025", "14/05/2025", "02/30/2025", "05/14/1999", "05/14/2100", "05/14/25",
    "2025-05-14", "2025-5-14", "2025-02-30", "2025-05-14 00:00:00", "2025-05-14 10:00:00", "45791",
    "MYK01010039", "MYK-0101003-9", "myk01010039", "MYK 0101003-9", "MYK01010038",
    "12-3456789", "12-3456789AB", "12-345678900", "123-45-6789", "251071-00000", "123456789", "12345678",
    "Total", "Grand Total", "confidential", "Y", "N", "unknown", "?", "Failed", "#REF!", "6.0576E+10",
]  # fmt: skip


def stored(place: Intake, table: str) -> list[Any]:
    """Everything that loading a file changed."""
    tables = [f"select * exclude (load_id) from ace.{table}", "select * exclude (load_id) from ace.quarantine"]
    tables.append("select * exclude (load_id, loaded_at) from ace.loads")
    return [sorted(map(repr, place.con.execute(one).fetchall())) for one in tables]


def both_readings(place: Intake, rows: list[list[str]], table: str) -> tuple[list[Any], list[Any]]:
    path = place.csv(rows)
    found = []
    for fits in (usual_rows._fits, lambda *_: "false"):
        with pytest.MonkeyPatch.context() as patched, undone(place) as once:
            patched.setattr(usual_rows, "_fits", fits)
            once.load(path, reject_share=1.0)
            found.append(stored(once, table))
            once.loads = 0
    quick, full = found
    return quick, full


def es003(changes: dict[str, str]) -> list[str]:
    return [changes.get(header, cell) for header, cell in zip(HEADERS, samples.es003_row(), strict=True)]


A_CELL = st.sampled_from(EDGES)
A_ROW = st.one_of(
    st.dictionaries(st.sampled_from(HEADERS), A_CELL, max_size=3).map(es003),
    st.fixed_dictionaries({}, optional={name: st.sampled_from(same) for name, same in SAME.items()}).map(es003),
    st.fixed_dictionaries({}, optional={name: st.sampled_from(bad) for name, bad in DAMAGED.items()}).map(es003),
    st.sampled_from(list(NO_DATA.values())),
    st.integers(0, len(HEADERS)).map(lambda width: samples.es003_row()[:width]),
    st.lists(st.sampled_from(["", " ", "x"]), max_size=9).map(lambda more: [*samples.es003_row(), *more]),
)


@EXAMPLES
@given(rows=st.lists(A_ROW, min_size=1, max_size=6))
def test_an_es003_row_is_read_the_same_quickly_and_in_full(place: Intake, rows: list[list[str]]) -> None:
    quick, full = both_readings(place, [HEADERS, *rows], "es003_tariff_lines")
    assert quick == full


@pytest.mark.parametrize("code", [report.code for report in report_book().reports if report.code != "BANK"])
def test_every_edge_in_every_column_of_every_report_is_read_the_same_both_ways(place: Intake, code: str) -> None:
    report = report_book().report(code)
    usual = {
        "entry_number": "MYK01010039", "importer_number": "12-3456789", "day": "05/14/2025", "amount": "$1.00",
        "whole": "1", "hts_number": "99030125", "code": "A1", "text": "some text", "flag": "Y", "last_four": "1234",
    }  # fmt: skip
    columns = [column for column in report.columns if not column.per]
    row = [(column.field.one_of or [usual.get(column.kind, "x")])[0] for column in columns]
    rows = [[*row[:at], cell, *row[at + 1 :]] for at in range(len(row)) for cell in EDGES]
    quick, full = both_readings(place, [[column.label for column in columns], row, *rows], report.contract.table())
    assert quick == full


@pytest.mark.parametrize("cell", ["05/14/2025", "2025-05-14", "5/14/2025"])
def test_a_row_as_ace_writes_it_is_a_usual_one(intake: Intake, cell: str) -> None:
    inspection = inspect_file(intake.csv([HEADERS, es003({"Entry Date": cell})]))
    row = ", ".join(f"'{cell}' as c{at}" for at, cell in enumerate(es003({"Entry Date": cell}), start=1))
    select = usual_select(inspection, f"(select 0 as file_at, {row})", len(HEADERS))
    with intake.con.cursor() as cursor:
        for macro in macros_sql():
            cursor.execute(macro)
        assert cursor.execute(f"select cells is null, duty_usd is not null from ({select})").fetchall() == [
            (True, True)
        ]
