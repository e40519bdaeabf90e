"""The Excel workbook for finance and its auditors: every figure a number with its evidence on a sheet of its own.

Belongs here: which sheets there are (`sheets`), how a value becomes a cell (`cells`), how a sheet is laid out and
filled (`filling`), the first sheet with its formulas over all others (`summary`), and the file as a whole (`book`).
Does not belong here: any figure; each is read from a table, or is a formula over cells that were.
"""

from cape_pipeline.workbook.book import workbook as workbook
