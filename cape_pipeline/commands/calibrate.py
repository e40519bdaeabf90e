"""`cape calibrate`: which interest conventions reproduce refunds really received.

Belongs here: its arguments and what it prints. Does not belong here: the work, which is one function elsewhere.
"""

from pathlib import Path
from typing import Annotated

import typer

from cape_pipeline.commands.options import JsonOption
from cape_pipeline.commands.terminal import BROKEN, UNUSABLE, err, fail, out, print_json
from cape_pipeline.settings import project_files


def calibrate(
    file: Annotated[
        Path, typer.Argument(help="CSV or XLSX of refunds really received, a row for each deposit", metavar="FILE")
    ],
    as_json: JsonOption = False,
) -> None:
    """Show which interest conventions reproduce refunds really received.

    Writes nothing. Columns: principal_usd, deposit_date, liquidation_date,
    interest_usd; where known refund_id, entry_number, payment_id, entry_date,
    entry_summary_date, payment_date, late_interest_usd, rate_class; and to test
    the principal of 15 percent headings paid_row_usd, column_1_duty_usd, or
    goods_value_usd and column_1_rate.

    Ends with 0 when every row is used, 1 when rows are set aside, 2 when a cell
    cannot be read or nothing can be used.

    Example: cape calibrate refunds_received.csv
    """
    with err.status(f"Looking at {file.name}"):
        from cape_pipeline.ace.errors import UnreadableExport
        from cape_pipeline.calibration.findings import NothingToFit, calibrate_file
        from cape_pipeline.calibration.show import print_calibration, print_set_aside
        from cape_pipeline.interest import InterestError, RateTable

        try:
            rates = RateTable.from_csv(project_files("registry_seeds") / "interest_rates.csv")
            told = calibrate_file(file, rates)
        except NothingToFit as error:
            print_set_aside(err, error.set_aside)
            fail(str(error))
        except (UnreadableExport, InterestError) as error:
            fail(str(error))
    if as_json:
        print_json(told)
    else:
        print_calibration(out, told)
    if told["set_aside"]:
        raise typer.Exit(UNUSABLE if told["is_damaged"] else BROKEN)
