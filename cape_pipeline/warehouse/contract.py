"""Fields and table contracts: what a column and a table promise, declared once, checked by Pandera.

Belongs here: the shape of a contract and its Pandera schema. Does not belong here: how a contract is run inside
DuckDB (`contract_sql.py`), any column of this product (`cape_pipeline/contracts/`), any domain word.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl

if TYPE_CHECKING:  # pandera brings pandas and takes seconds to import: only what makes or runs a schema imports it
    import pandera.polars as pa

POLARS_TYPES: dict[str, Any] = {
    "VARCHAR": pl.String,
    "VARCHAR[]": pl.List(pl.String),
    "DATE": pl.Date,
    "TIMESTAMP": pl.Datetime("us"),
    "BOOLEAN": pl.Boolean,
    "INTEGER": pl.Int32,
    "BIGINT": pl.Int64,
    "DECIMAL(18,2)": pl.Decimal(18, 2),
    "DECIMAL(9,6)": pl.Decimal(9, 6),
    "DECIMAL(38,20)": pl.Decimal(38, 20),
    "DECIMAL(38,22)": pl.Decimal(38, 22),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, DuckDB type, meaning, and what every value must satisfy (nulls only where allowed)."""

    name: str
    sql_type: str
    description: str
    nullable: bool = False
    at_least: Any = None
    at_most: Any = None
    matches: str | None = None
    one_of: tuple[str, ...] | None = None
    volatile: bool = False  # left out of the content hash: clocks and run ids
    #: How much of a value is shown outside the warehouse: it is stored whole in any case (`masking.py`).
    shown: Literal["whole", "last_four", "nothing"] = "whole"

    @property
    def is_identifying(self) -> bool:
        """Whether the column may tell who somebody is, so that it is masked wherever more people look."""
        return self.shown != "whole"

    def optional(self) -> "Field":
        """The same column where it may be unknown (null means unknown, never zero and never 'no')."""
        return replace(self, nullable=True)

    def required(self) -> "Field":
        """The same column where it must be known."""
        return replace(self, nullable=False)

    def within(self, *values: str) -> "Field":
        """The same column closed to a vocabulary."""
        return replace(self, one_of=values)

    def meaning(self, description: str) -> "Field":
        """The same column with the sentence that fits the table it stands in."""
        return replace(self, description=description)

    def in_full(self) -> "Field":
        """The same column where its values are published and identify nobody."""
        return replace(self, shown="whole")

    def hidden(self) -> "Field":
        """The same column where its text may name somebody."""
        return replace(self, shown="nothing")

    def to_pandera(self) -> "pa.Column":
        """The Pandera column: dtype, nullability and checks."""
        import pandera.polars as pa

        checks = []
        if self.at_least is not None:
            checks.append(pa.Check.ge(self.at_least))
        if self.at_most is not None:
            checks.append(pa.Check.le(self.at_most))
        if self.matches is not None:
            checks.append(pa.Check.str_matches(self.matches))
        if self.one_of is not None:
            checks.append(pa.Check.isin(list(self.one_of)))
        return pa.Column(
            POLARS_TYPES[self.sql_type],
            name=self.name,
            nullable=self.nullable,
            checks=checks,
            description=self.description,
        )


@dataclass(frozen=True, slots=True)
class Turns:
    """Where it is listed which keys turn on which day: a view, its column of keys and its column of days."""

    listed_in: str
    key: str
    on_day: str


class TableContract:
    """What one table promises: its grain, its columns in order, and how it comes to be.

    The subclass's docstring says what one row is. `layer` is the module's name, `table` the class's in snake case.
    """

    fields: ClassVar[tuple[Field, ...]]
    grain: ClassVar[tuple[str, ...]]
    source: ClassVar[Literal["sql", "view", "python", "received"]] = "sql"
    reads: ClassVar[tuple[str, ...]] = ()  # tables a python table is made from; those of a SELECT its syntax tree says
    #: Of a view: its rows of a month are made from the rows of that month, in every table it reads that has months.
    partition: ClassVar[Literal["entry_month", "liquidation_month", "refund_month"] | None] = None
    #: Upstream tables of which all that the table reads is told by the content of another one it reads: {read: teller}.
    #: They are read, but only the teller's content makes the table due.
    reads_through: ClassVar[Mapping[str, str]] = {}
    #: A column of which rows of one value depend on rows of that value only, in every table read that has the column,
    #: and on a table with `moves_keys_of` only as that lists it: rows of other values need no look (`by_key.py`).
    independent_by: ClassVar[str | None] = None
    #: Of a table that holds nothing but a day: which keys of the tables that read it turn on which day.
    moves_keys_of: ClassVar[Turns | None] = None
    #: Of received rows: the column that tells the part they arrived in, which only ever loses rows afterwards.
    arrives_by: ClassVar[str | None] = None
    made_by: ClassVar[tuple[str, ...]] = ()  # packages and modules whose code makes the rows of a python table

    @classmethod
    def layer(cls) -> str:
        return cls.__module__.rsplit(".", 1)[-1]

    @classmethod
    def table(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def table_id(cls) -> str:
        return f"{cls.layer()}.{cls.table()}"

    @classmethod
    def description(cls) -> str:
        return " ".join((cls.__doc__ or "").split())

    @classmethod
    def is_built_by_month(cls) -> bool:
        """Only the first kind of month is a stable key; any other table is rebuilt whole (E3), a view not at all."""
        return cls.partition == "entry_month" and cls.source != "view"

    @classmethod
    def month_meaning(cls) -> str | None:
        """What `partition_month` means in this table, whatever way it is built; None without that column.

        A table that has the column and is not built by month says `entry_month`, as most tables do.
        """
        return (cls.partition or "entry_month") if "partition_month" in cls.column_names() else None

    @classmethod
    def column_names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in cls.fields)

    @classmethod
    def fingerprint(cls) -> str:
        """Hash of the promises themselves, so that a changed contract makes stored rows stale."""
        promises = [{name: told for name, told in asdict(field).items() if name != "shown"} for field in cls.fields]
        told = json.dumps([*promises, list(cls.grain), cls.partition], default=str)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @classmethod
    def schema(cls) -> "pa.DataFrameSchema":
        if cls not in _SCHEMAS:
            _SCHEMAS[cls] = _schema(cls)
        return _SCHEMAS[cls]

    @classmethod
    def empty_frame(cls) -> pl.DataFrame:
        return pl.DataFrame(schema={field.name: POLARS_TYPES[field.sql_type] for field in cls.fields})

    @classmethod
    def check_frame(cls, frame: pl.DataFrame) -> pl.DataFrame:
        """Pandera's own verdict on a collected frame.

        Raises:
            TypeError: for a LazyFrame, on which Pandera checks types and skips values.
            pandera.errors.SchemaErrors: with every broken promise.
            polars.exceptions.PolarsError: where a column of the grain is missing: Pandera looks for repeated keys
                all the same.
        """
        if not isinstance(frame, pl.DataFrame):
            raise TypeError("collect first: on a LazyFrame Pandera checks types, not values")
        return cls.schema().validate(frame, lazy=True)


_SCHEMAS: dict[type[TableContract], "pa.DataFrameSchema"] = {}


def _schema(contract: type[TableContract]) -> "pa.DataFrameSchema":
    import pandera.polars as pa

    return pa.DataFrameSchema(
        {field.name: field.to_pandera() for field in contract.fields},
        strict=True,
        ordered=True,
        coerce=False,
        unique=list(contract.grain),
        name=contract.table_id(),
        description=contract.description(),
    )
