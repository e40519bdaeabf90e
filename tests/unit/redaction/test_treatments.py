"""Every column that a report may have is either known to be harmless or replaced."""

import pytest

from cape_pipeline.ace.reports import Report, ReportColumn, report_book
from cape_pipeline.redaction.treatments import KEPT, KEPT_TEXTS, PLAIN_KINDS, REPLACED, treatment_of

COLUMNS = [(report, column) for report in report_book().reports for column in report.columns]


@pytest.mark.parametrize(("report", "column"), COLUMNS, ids=[f"{r.code} {c.name}" for r, c in COLUMNS])
def test_it_is_said_of_every_column_what_becomes_of_it(report: Report, column: ReportColumn) -> None:
    treatment = treatment_of(column)
    if column.field.is_identifying or column.kind in ("entry_number", "importer_number", "last_four"):
        assert treatment is not KEPT, f"{report.code} {column.name}"


def test_no_list_names_a_column_that_no_report_has_or_that_the_other_names() -> None:
    texts = {column.name for _, column in COLUMNS if column.kind not in PLAIN_KINDS}
    assert (KEPT_TEXTS | set(REPLACED)) - texts == set()
    assert KEPT_TEXTS & set(REPLACED) == set()
