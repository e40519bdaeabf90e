"""The check digit and the importer key, in Python and in SQL."""

from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cape_pipeline.ace import check_digit, macros_sql

WORKED = ["ABC12345676", "MYK28000864", "60576069342", "SP700000014", "BII00012344", "99999999990"]
REAL = [
    "60576072486",
    "60576072809",
    "60525904516",
    "60575980937",
    "MYK28102637",
    "MYK28100649",
    "MYK28103742",
]


@pytest.fixture(scope="module")
def macros() -> Iterator[duckdb.DuckDBPyConnection]:
    con = duckdb.connect()
    for statement in macros_sql():
        con.execute(statement)
    yield con
    con.close()


@pytest.mark.parametrize("entry_number", WORKED + REAL)
def test_the_check_digits_of_worked_and_real_numbers_come_out(
    entry_number: str, macros: duckdb.DuckDBPyConnection
) -> None:
    assert check_digit(entry_number[:10]) == int(entry_number[10])
    assert macros.execute("select entry_check_digit_ok(?)", [entry_number]).fetchone() == (True,)


def test_every_other_check_digit_is_wrong(macros: duckdb.DuckDBPyConnection) -> None:
    for digit in range(10):
        found = macros.execute("select entry_check_digit_ok(?)", [f"MYK2800086{digit}"]).fetchone()
        assert found == (digit == 4,)


def test_letters_counted_a_to_z_from_one_to_twenty_six_would_be_wrong() -> None:
    # The variant A=1 ... Z=26 gives another digit for these; S starts again at 2, not at 1.
    assert check_digit("SP70000001") == 4
    assert check_digit("4223847291") == 6


@pytest.mark.parametrize("text", ["", "MYK280008", "MYK28000864", "myk2800086", "MYK28O0086", "MYK-280008"])
def test_a_text_of_another_shape_has_no_check_digit(text: str, macros: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ValueError, match="filer code"):
        check_digit(text)
    wrong = text if len(text) != 11 else text.lower()
    assert macros.execute("select entry_check_digit(?), entry_check_digit_ok(?)", [wrong, wrong]).fetchone() == (
        None,
        None,
    )


@given(ten=st.from_regex(r"[A-Z0-9]{3}[0-9]{7}", fullmatch=True))
def test_sql_and_python_agree_on_every_check_digit(ten: str, macros: duckdb.DuckDBPyConnection) -> None:
    assert macros.execute("select entry_check_digit(?)", [ten]).fetchone() == (check_digit(ten),)


@given(ten=st.from_regex(r"[0-9]{10}", fullmatch=True), place=st.integers(0, 9), other=st.integers(1, 9))
def test_one_wrong_digit_always_shows(ten: str, place: int, other: int) -> None:
    wrong = ten[:place] + str((int(ten[place]) + other) % 10) + ten[place + 1 :]
    assert check_digit(wrong) != check_digit(ten)


@pytest.mark.parametrize(
    ("as_filed", "key"),
    [
        ("12-3456789", "123456789"),
        ("123456789", "123456789"),
        ("12-345678900", "123456789"),
        ("12-3456789 00", "123456789"),
        ("12-3456789-00", "123456789"),
        ("12-3456789ab", "123456789AB"),
        ("12-345678910", "12345678910"),
        ("123-45-6789", "123456789"),
        ("240112-34500", "24011234500"),
        ("--", None),
        (None, None),
    ],
)
def test_importer_numbers_of_one_importer_have_one_key(
    as_filed: str | None, key: str | None, macros: duckdb.DuckDBPyConnection
) -> None:
    assert macros.execute("select importer_key(?)", [as_filed]).fetchone() == (key,)
