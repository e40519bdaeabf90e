"""What may be wrong with a received file as a whole, said in one plain sentence.

Belongs here: the exceptions of this package. Does not belong here: faults of single rows, which go to quarantine.
"""

from pathlib import Path


class UnreadableExport(Exception):
    """A file that cannot be read or is not a report known here. `reason` is one plain sentence without the path."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{_printable(path)}: {reason}")
        self.path = path
        self.reason = reason


def _printable(path: Path) -> str:
    """The path as text that can be written anywhere: a name may hold bytes that are no characters."""
    return str(path).encode("utf-8", "replace").decode("utf-8")


class UnknownExport(UnreadableExport):
    """A file that can be read but is no report known here, or could be several."""


class TooManyRejected(Exception):
    """So many rows of a file cannot be used that the file itself is in doubt; the caller rolls back.

    `of` names whose rows they are, where not the whole file's.
    `faults` holds (column, reason code, rows), most frequent first.
    """

    def __init__(
        self,
        path: Path,
        rows_read: int,
        rows_rejected: int,
        faults: tuple[tuple[str, str, int], ...],
        *,
        of: str = "",
    ) -> None:
        told = ", ".join(f"{column} {reason.replace('_', ' ')} in {count} rows" for column, reason, count in faults[:5])
        self.reason = (
            f"{rows_rejected} of {rows_read} rows{f' of {of}' if of else ''} cannot be used ({told});"
            " nothing of the file was loaded: see each of them with cape check, and export the file again, as CSV or"
            " with every column as text; CAPE_REJECT_SHARE sets the share that may be set aside"
        )
        super().__init__(f"{path}: {self.reason}")
        self.path = path
        self.rows_read = rows_read
        self.rows_rejected = rows_rejected
        self.faults = faults
