"""The licence of every pinned package, as its own metadata say it, held against policy.toml; and the list of them.

Belongs here: reading, judging and listing licences. Does not belong here: what is acceptable (policy.toml).
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from tests.supply_chain.pins import CONSTRAINTS, ROOT, needed_to_run, pinned

POLICY = Path(__file__).with_name("policy.toml")
LIST = ROOT / "deploy" / "LICENCES.md"
WRITE = "python -m tests.supply_chain licences --write"
CLASSIFIER = "License :: "
HEAD = f"""# Licences of what is installed beside this project

Every package that constraints.txt pins, as its own metadata name its licence. `tests/supply_chain/policy.toml` says
what each licence asks and why it may stand beside Apache-2.0. This writes the list anew, with Python 3.11:

    {WRITE}

Some wheels hold libraries of their own, such as OpenSSL in psycopg2-binary and a BLAS in numpy; their licences lie in
the `licenses` folder of the installed package.

`run` is needed to run the pipeline on one machine or on several, `test` only to test or build it.

| package | version | licence | for |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Licence:
    """A package and its licence, as an SPDX expression; None where it is not known."""

    package: str
    version: str
    expression: str | None
    is_needed_to_run: bool

    @property
    def row(self) -> str:
        used = "run" if self.is_needed_to_run else "test"
        return f"| {self.package} | {self.version} | {self.expression or 'unknown'} | {used} |"


def policy() -> dict[str, Any]:
    """What policy.toml says."""
    return tomllib.loads(POLICY.read_text(encoding="utf-8"))


def installed_licences() -> list[Licence]:
    """The licence of every pinned package that is installed here, by name.

    Raises:
        LookupError: a package is installed in another version than the pinned one.
    """
    rules, needed, found = policy(), needed_to_run(), []
    for package, version in sorted(pinned(CONSTRAINTS.read_text(encoding="utf-8")).items()):
        try:
            told = metadata(package)
        except PackageNotFoundError:  # of another system, or of another Python
            continue
        if told["Version"] != version:
            raise LookupError(f"{package} is installed as {told['Version']} and pinned as {version}: install the pins")
        classifiers = [one.split(" :: ")[-1] for one in told.get_all("Classifier") or () if one.startswith(CLASSIFIER)]
        names = (told["License-Expression"], told["License"], classifiers)
        found.append(Licence(package, version, expression_of(package, version, names, rules), package in needed))
    return found


def expression_of(
    package: str, version: str, names: tuple[str | None, str | None, list[str]], rules: Mapping[str, Any]
) -> str | None:
    """The licence of a package as an SPDX expression, or None where its metadata do not say it plainly.

    What somebody read in the licence file of this very version comes first; then the expression, the free text if it is
    an SPDX expression or a known name, and the classifiers, which all count where there are several.

    Args:
        package: its name.
        version: as installed.
        names: License-Expression, License and the last part of each licence classifier.
        rules: policy.toml.
    """
    read = rules["read"].get(package)
    if read and read["version"] == version:
        return str(read["licence"])
    expression, text, classifiers = names
    for told in (expression, text):
        if found := _canonical(rules["called"].get(told, told)):
            return found
    called = [rules["called"].get(one) for one in classifiers if one != "OSI Approved"]
    return " AND ".join(sorted(set(called))) if called and all(called) else None


def _canonical(told: str | None) -> str | None:
    try:
        return canonicalize_license_expression(told) if told else None
    except InvalidLicenseExpression:
        return None


def is_acceptable(expression: str | None, acceptable: Iterable[str]) -> bool:
    """Whether one alternative of an expression asks only for acceptable licences; what is nested is not understood."""
    if expression is None or "(" in expression:
        return False
    known = set(acceptable)
    return any(set(one.split(" AND ")) <= known for one in expression.split(" OR "))


def text_of(licences: Iterable[Licence]) -> str:
    """The page that lists them."""
    return HEAD + "".join(f"{one.row}\n" for one in licences)


def run(*, writes: bool) -> tuple[list[str], int]:
    """What is to be told, and the exit code: 1 for a licence to look at or a stale list, 2 where none can be read."""
    try:
        licences = installed_licences()
    except LookupError as error:
        return [str(error)], 2
    if not licences:
        return ["none of the pinned packages is installed here, so no licence can be read"], 2
    acceptable = policy()["acceptable"]
    lines = [
        f"{one.package} {one.version}: its licence ({one.expression or 'not named plainly'}) is not one that"
        " policy.toml accepts: read its licence file, and enter what it is, or leave the package"
        for one in licences
        if not is_acceptable(one.expression, acceptable)
    ]
    refused = len(lines)
    text = text_of(licences)
    if writes:
        LIST.write_text(text, encoding="utf-8")
    elif LIST.read_text(encoding="utf-8") != text:
        lines.append(f"{LIST.relative_to(ROOT)} is not of these packages: {WRITE}")
    runs = sum(one.is_needed_to_run for one in licences)
    lines.append(f"{len(licences)} packages, {runs} of them needed to run: {len(licences) - refused} licences accepted")
    return lines, 1 if len(lines) > 1 else 0
