"""What of a row is shown outside the warehouse: in Dagster's metadata, in the sentences of errors, in logs.

Whoever may open the warehouse sees every value; whoever may only look at runs is not told who somebody is. The columns
say themselves how much of them is shown (`Field.shown`).

Belongs here: masking values by the contract of their table. Does not belong here: which columns identify somebody
(`cape_pipeline/contracts/fields.py`), and where rows are shown.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cape_pipeline.warehouse.contract import TableContract

HIDDEN = "(hidden)"
KEPT = 4
#: A shorter text would be told, or nearly, by its last four characters.
LEAST_LENGTH = 8


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
