"""Where the kept warehouses are, and what is in each.

Belongs here: names, days, and unpacking. Does not belong here: making one (`__main__.py`).
"""

import tarfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SUFFIX = ".tar.xz"
#: Inside each: what made it, the exports as they were in the end, and the warehouse after the last run.
TOLD, EXPORTS, WAREHOUSE, CLOSES = "made.json", "exports", "warehouse/cape.duckdb", "warehouse/closes"
#: What was there on the first day; the rest came until the last one.
FIRST = ("ES-003_entry_summary_line_tariff_details.csv", "importers.csv", "entry_facts.csv")
FIRST_DAY, CLOSED, LAST_DAY = "2026-04-22", "2026-04-22", "2026-07-20"


def kept() -> list[Path]:
    """The kept warehouses."""
    return sorted(HERE.glob(f"*{SUFFIX}"))


def unpack(path: Path, folder: Path) -> None:
    """Put what was kept into a folder."""
    with tarfile.open(path) as packed:
        packed.extractall(folder, filter="data")
