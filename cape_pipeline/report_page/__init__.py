"""The report: one self-contained HTML page from a finished warehouse, for a manager's first look and a broker's day.

Belongs here: what stands on the page, in which order, and how it looks; each table of the page is one SELECT in
`queries/`, which the page shows as its evidence. Does not belong here: a figure no table holds, the charts themselves
(`charts.py`), where the page is written (the assets). Jinja2 and itables are imported by the functions that need them.
"""

from cape_pipeline.report_page.page import report_page

__all__ = ["report_page"]
