"""What of a row is shown outside the warehouse: in Dagster's metadata, in the sentences of errors, in logs.

Whoever may open the warehouse sees every value; whoever may only look at runs is not told who somebody is. The columns
say themselves how much of them is shown (`Field.shown`).

Belongs here: masking values by the contract of their table, and in what libraries say of a fault. Does not belong here:
which columns identify somebody (`cape_pipeline/contracts/fields.py`), and where rows are shown.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from cape_pipeline.warehouse.contract import TableContract

HIDDEN = "(hidden)"
KEPT = 4
#: A shorter text would be told, or nearly, by its last four characters.
LEAST_LENGTH = 8
#: What an engine or a library says of a value it could not use repeats that value, in quotation marks or as a figure.
QUOTED = re.compile(r"""['"`].*['"`]""", re.DOTALL)
FIGURE = re.compile(r"\d{5,}")
#: Faults about a value. Others are about the system, a file or a statement, and must stay readable.
ABOUT_A_VALUE = (
    duckdb.DataError,
    duckdb.IntegrityError,
    duckdb.InvalidInputException,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)
FRAMES = ("pandas.", "pandera.", "polars.", "pyarrow.")


def masked(row: Mapping[str, Any], contract: type[TableContract]) -> dict[str, Any]:
    """The row with what identifies somebody masked; columns the table does not have are shown as they are."""
    shown = {field.name: field.shown for field in contract.fields}
    return {name: masked_value(value, shown.get(name, "whole")) for name, value in row.items()}


def masked_rows(rows: Iterable[Mapping[str, Any]], contract: type[TableContract]) -> tuple[dict[str, Any], ...]:
    """Every row masked."""
    return tuple(masked(row, contract) for row in rows)


def masked_value(value: Any, shown: str) -> Any:
    """The value as `shown` allows: whole, its last four characters, or only that there is one. Unknown stays so."""
    if shown == "whole" or value is None or value == "":
        return value
    if isinstance(value, list):
        return [masked_value(item, shown) for item in value]
    text = str(value)
    if shown == "nothing" or len(text) < LEAST_LENGTH:
        return HIDDEN
    return f"…{text[-KEPT:]}"


def without_values(fault: BaseException) -> BaseException:
    """A fault that may be kept, with what caused it: one about a value becomes the same kind without that value.

    What is quoted goes from the first quotation mark to the last, because a value may hold such marks itself. Faults of
    this project tell no more than they may.
    """
    cause = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    module = type(fault).__module__
    is_ours = module.startswith("cape_pipeline.")
    tells = not is_ours and (isinstance(fault, ABOUT_A_VALUE) or f"{module}.".startswith(FRAMES))
    shown = _retold(fault) if tells else fault
    if cause is not None:
        shown.__cause__ = without_values(cause)
    return shown


def _retold(fault: BaseException) -> BaseException:
    told = FIGURE.sub("…", QUOTED.sub("…", str(fault)))
    try:
        shown = type(fault)(told)
    except TypeError:  # a kind that is not made of one sentence
        shown = RuntimeError(f"{type(fault).__name__}: {told}")
    return shown.with_traceback(fault.__traceback__)
