"""How one cell is read, kind by kind."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.ace import macros_sql


@pytest.fixture(scope="module")
def macros() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    for statement in macros_sql():
        con.execute(statement)
    yield con
    con.close()


def read(macros: duckdb.DuckDBPyConnection, kind: str, cell: str) -> Any:
    (row,) = macros.execute(f"select ace_{kind}(ace_clean(?))", [cell]).fetchall()
    return row[0]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("$1,234.56", "1234.56"),
        ("1234.56", "1234.56"),
        ("1234", "1234.00"),
        (".5", "0.50"),
        ("1234.5", "1234.50"),
        ("20.100000", "20.10"),
        ("(1,234.56)", "-1234.56"),
        ("($5.00)", "-5.00"),
        ("$(5.00)", "-5.00"),
        (" $ (5.00)", "-5.00"),
        ("-$5.00", "-5.00"),
        ("$-5.00", "-5.00"),
        ("0", "0.00"),
        ("$0.00", "0.00"),
        (" $ -   ", "0.00"),
        ("0.30000000000000004", "0.30"),
        ("83620.210000000006", "83620.21"),
        ('="1,234.56"', "1234.56"),
    ],
)
def test_an_amount_is_read_to_the_cent(cell: str, amount: str, macros: duckdb.DuckDBPyConnection) -> None:
    assert read(macros, "amount", cell) == Decimal(amount)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        " ",
        "-",
        "$",
        "1.005",
        "1.001",
        "1,23",
        "12,34.00",
        "1.234,56",
        "1 234.56",
        "1e5",
        "1.2E+06",
        "--5",
        "(5.00",
        "five",
        "5.00 EUR",
        "#N/A",
        "99999999999999999.99",
        "0.3049999999999999",
    ],
)
def test_what_is_not_an_amount_is_not_guessed(cell: str, macros: duckdb.DuckDBPyConnection) -> None:
    assert read(macros, "amount", cell) is None


@given(cents=st.integers(-(10**15), 10**15), dollar=st.booleans(), brackets=st.booleans())
def test_every_printed_amount_reads_back(
    cents: int, *, dollar: bool, brackets: bool, macros: duckdb.DuckDBPyConnection
) -> None:
    amount = Decimal(cents).scaleb(-2)
    printed = f"{'$' if dollar else ''}{abs(amount):,.2f}"
    if amount < 0:
        printed = f"({printed})" if brackets else f"-{printed}"
    assert read(macros, "amount", printed) == amount


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("05/14/2025", date(2025, 5, 14)),
        ("5/4/2025", date(2025, 5, 4)),
        ("2025-05-14", date(2025, 5, 14)),
        ("2025-05-14 00:00:00", date(2025, 5, 14)),
        ("2025-05-14T13:05:07", date(2025, 5, 14)),
        ("2025-05-14 13:05:07.500", date(2025, 5, 14)),
        ("05/14/2025 12:00:00 AM", date(2025, 5, 14)),
        ("05/14/2025 11:59:59 PM", date(2025, 5, 14)),
        ("45791", date(2025, 5, 14)),
        ("45791.75", date(2025, 5, 14)),
        ("80", date(1900, 3, 20)),
    ],
)
def test_a_day_is_read_in_every_form_it_comes_in(cell: str, day: date, macros: duckdb.DuckDBPyConnection) -> None:
    assert read(macros, "day", cell) == day


@pytest.mark.parametrize(
    "cell",
    ["", "13/05/2025", "02/30/2025", "2025-02-30", "May 14", "20250514", "2025-05-14T00:00:00Z", "n/a", "123456"],
)
def test_what_is_not_a_day_is_not_guessed(cell: str, macros: duckdb.DuckDBPyConnection) -> None:
    assert read(macros, "day", cell) is None


@pytest.mark.parametrize(
    ("cell", "entry_number"),
    [
        ("MYK28000864", "MYK28000864"),
        ("MYK-2800086-4", "MYK28000864"),
        ("myk 2800086 4", "MYK28000864"),
        ('="60576069342"', "60576069342"),
        ("60576069342.0", "60576069342"),
        ("6.0576E+10", None),
        ("6.0576069342E+10", None),
        ("5760693420", None),
        ("MYK2800086", None),
        ("MYK2800086X", None),
    ],
)
def test_an_entry_number_has_eleven_characters_or_is_none(
    cell: str, entry_number: str | None, macros: duckdb.DuckDBPyConnection
) -> None:
    assert read(macros, "entry_number", cell) == entry_number


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        ("99030125", "99030125"),
        ("9903.01.25", "99030125"),
        ("9903.01.2500", "9903012500"),
        ("9903012500", "9903012500"),
        ("99030125.0", "99030125"),
        ("0101.21.0010", "0101210010"),
        ("101210010", None),
        ("9903012", None),
        ("9.9E+09", None),
        ("8501.10", None),
        ("FREE", None),
    ],
)
def test_a_tariff_number_has_eight_or_ten_digits_or_is_none(
    cell: str, digits: str | None, macros: duckdb.DuckDBPyConnection
) -> None:
    assert read(macros, "hts_number", cell) == digits


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  x ", "x"),
        ("\u00a0x\t", "x"),
        ('="MYK1"', "MYK1"),
        (' ="MYK1" ', "MYK1"),
        ('="a ""b"""', 'a "b"'),
        ('=""', None),
        ("", None),
        (" \u00a0 ", None),
        ("=1", "=1"),
        ("Änderung ", "Änderung"),
    ],
)
def test_blanks_and_the_text_wrapper_come_off_and_nothing_else(
    cell: str, text: str | None, macros: duckdb.DuckDBPyConnection
) -> None:
    (row,) = macros.execute("select ace_clean(?)", [cell]).fetchall()
    assert row[0] == text


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("whole", "001", 1),
        ("whole", "1.0", 1),
        ("whole", "1.5", None),
        ("whole", "-1", None),
        ("code", "031000300100000", "031000300100000"),
        ("code", "100000240001.0", "100000240001"),
        ("code", "1.00000240001E+11", None),
        ("code", "rest of an address", None),
        ("code", "#REF!", None),
        ("importer_number", "12-3456789 00", "12-3456789 00"),
        ("importer_number", "12345678", None),
        ("importer_number", "1.23457E+11", None),
        ("last_four", "****1234", "1234"),
        ("last_four", "000123456789", "6789"),
        ("last_four", "12", "0012"),
    ],
)
def test_codes_and_counts_are_read_or_refused(
    kind: str, cell: str, value: object, macros: duckdb.DuckDBPyConnection
) -> None:
    assert read(macros, kind, cell) == value
