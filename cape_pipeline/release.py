"""Which release and code a figure comes from.

Belongs here: the one text that names both. Does not belong here: the registry's version, which each table carries, and
when a table is due (`warehouse/builds.py`).
"""

import hashlib
from importlib.metadata import PackageNotFoundError, version

from cape_pipeline.contracts import CONTRACTS
from cape_pipeline.warehouse.builds import definition

UNRELEASED = "unreleased"


def package_version() -> str:
    """The version of this product as it is installed."""
    try:
        return version("cape-pipeline")
    except PackageNotFoundError:
        return UNRELEASED


def code_version() -> str:
    """The release, and the hash of how every table is made: its SQL, contract, claims and the Python behind it."""
    told = "\n".join(f"{table_id}={definition(contract)}" for table_id, contract in sorted(CONTRACTS.items()))
    return f"{package_version()}+{hashlib.sha256(told.encode()).hexdigest()[:16]}"
