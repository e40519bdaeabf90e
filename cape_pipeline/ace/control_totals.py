"""Control totals: what the rows of every received file come to now, beside what its load recorded.

Belongs here: adding up stored rows by file. Does not belong here: the total of a file that is being loaded (`load.py`).
"""

from dataclasses import dataclass
from decimal import Decimal

import duckdb

from cape_pipeline.ace.reports import report_book


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """How many rows of a file were loaded, and their main amount, to tie out to ACE.

    The amount is None where the report has none, or no row of the file states it.
    """

    file_name: str
    report_code: str
    rows_loaded: int
    control_total_usd: Decimal | None
    recorded_usd: Decimal | None

    @property
    def is_as_recorded(self) -> bool:
        return (self.control_total_usd or 0) == (self.recorded_usd or 0)


def control_totals(con: duckdb.DuckDBPyConnection) -> list[ControlTotal]:
    """Every load of the warehouse, by report and in the order of the loads."""
    found = []
    for report in report_book().reports:
        rows = con.execute(
            f"""
            with totals as (
                select load_id, cast(sum({report.control_total or "null"}) as decimal(18, 2)) as total_usd
                from {report.contract.table_id()}
                group by load_id
            )
            select loads.file_name, loads.report_code, loads.rows_loaded, totals.total_usd, loads.control_total_usd
            from ace.loads as loads
            left join totals on loads.load_id = totals.load_id
            where loads.report_code = $report_code
            order by loads.load_number
            """,
            {"report_code": report.code},
        ).fetchall()
        found += [ControlTotal(*row) for row in rows]
    return found
