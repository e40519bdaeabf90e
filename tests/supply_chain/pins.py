"""What is pinned, and what of it is needed to run the product.

Belongs here: reading constraints.txt and the requirements. Does not belong here: judging (`licences.py`, `audit.py`).
"""

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
PIN = re.compile(r"^(?P<requirement>[A-Za-z0-9][^\s;#]*==[^\s;#\\]+)", re.MULTILINE)
#: The extras of this project that an installation uses; the others are for its tests.
RUN_EXTRAS = ("cluster", "kubernetes")


def pinned(text: str) -> dict[NormalizedName, str]:
    """The version of every package that a text of constraints pins."""
    requirements = [Requirement(found["requirement"]) for found in PIN.finditer(text)]
    return {canonicalize_name(one.name): next(iter(one.specifier)).version for one in requirements}


def needed_to_run() -> set[NormalizedName]:
    """The packages of this environment that the product and its extras for several machines ask for, and theirs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"]]
    for extra in RUN_EXTRAS:
        asked += project["optional-dependencies"][extra]
    own = canonicalize_name(project["name"])
    found: dict[NormalizedName, set[str]] = {}
    left = [Requirement(one) for one in asked]
    while left:
        requirement = left.pop()
        name, extras = canonicalize_name(requirement.name), {"", *requirement.extras}
        new = extras - found.get(name, set())
        if name == own or not new:
            continue
        found[name] = found.get(name, set()) | new
        left += _asked_by(name, new)
    return set(found)


def _asked_by(name: NormalizedName, extras: Iterable[str]) -> list[Requirement]:
    try:
        asked = [Requirement(one) for one in requires(name) or ()]
    except PackageNotFoundError:  # not of this system, or of another Python
        return []
    return [
        one for one in asked if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras)
    ]
