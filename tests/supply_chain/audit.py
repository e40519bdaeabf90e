"""The known vulnerabilities of every pinned package: what pip-audit could not learn is never taken for none.

pip-audit ends well, with "No known vulnerabilities found", also where it could ask about no package at all. So its
answers are counted here: each pin must be in them, and none may be passed over.

Belongs here: asking, judging and telling. Does not belong here: what was looked at and stays (judged.toml).
"""

import json
import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from tests.supply_chain.pins import CONSTRAINTS, ROOT, pinned

JUDGED = Path(__file__).with_name("judged.toml")
#: An environment of its own, so that what it brings is not part of what it asks about.
OWN = ROOT / ".venv-audit" / "bin" / "pip-audit"
INSTALL = "python3.11 -m venv .venv-audit && .venv-audit/bin/pip install -q pip-audit==2.10.1"
ASK = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json", "--requirement")
PATIENCE_SECONDS = 900
CLEAN, FOUND, UNKNOWN = 0, 1, 2
SHOWN = 5


@dataclass(frozen=True, slots=True, order=True)
class Vulnerability:
    """One known vulnerability of one pinned package; `fixed` names the releases without it."""

    package: str
    version: str
    name: str
    fixed: tuple[str, ...] = field(default=(), compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.package, self.version, self.name


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: what is known, and the packages of which nothing is."""

    known: tuple[Vulnerability, ...]
    not_asked: Mapping[str, str]


class NoAnswer(Exception):
    """Nothing came back; the sentence says why."""


def run(program: str | None = None, constraints: Path = CONSTRAINTS, judged: Path = JUDGED) -> tuple[list[str], int]:
    """What is to be told, and the exit code: 0 nothing is known, 1 something is, 2 some package was not asked about."""
    packages = pinned(constraints.read_text(encoding="utf-8"))
    try:
        answer = read_answer(ask(program or found_program(), constraints), packages)
    except NoAnswer as error:
        return [f"the audit says nothing: {error}"], UNKNOWN
    judgements = tomllib.loads(judged.read_text(encoding="utf-8"))["judged"]
    return told(answer, len(packages), {(one["package"], one["version"], one["vulnerability"]) for one in judgements})


def found_program() -> str:
    """Where pip-audit is.

    Raises:
        NoAnswer: nowhere.
    """
    if OWN.exists():
        return str(OWN)
    if on_path := shutil.which("pip-audit"):
        return on_path
    raise NoAnswer(f"pip-audit is not installed: {INSTALL}")


def ask(program: str, constraints: Path) -> str:
    """What pip-audit answers, as JSON.

    Raises:
        NoAnswer: it ended without an answer, because it found no network or could not read the constraints.
    """
    try:
        ended = subprocess.run(
            [program, *ASK, constraints], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
        )
    except OSError as error:
        raise NoAnswer(f"{program} cannot be started ({error.strerror})") from error
    except subprocess.TimeoutExpired as error:
        raise NoAnswer(f"{program} did not end within {PATIENCE_SECONDS} s") from error
    if not ended.stdout.strip():
        raise NoAnswer((ended.stderr.strip().splitlines() or [f"{program} ended with {ended.returncode}"])[-1])
    return ended.stdout


def read_answer(text: str, packages: Mapping[str, str]) -> Answer:
    """pip-audit's answer about the packages that were pinned.

    Raises:
        NoAnswer: it is no answer of pip-audit's.
    """
    known: list[Vulnerability] = []
    asked: dict[str, str] = {}
    not_asked: dict[str, str] = {}
    try:
        for one in json.loads(text)["dependencies"]:
            name = canonicalize_name(one["name"])
            if reason := one.get("skip_reason"):
                not_asked[name] = reason
                continue
            asked[name] = one["version"]
            known += [
                Vulnerability(name, one["version"], found["id"], tuple(found["fix_versions"])) for found in one["vulns"]
            ]
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswer("what pip-audit wrote is not the JSON this project reads: its version is another one") from error
    for package, version in packages.items():
        if package not in not_asked and asked.get(package) != version:
            not_asked[package] = f"the answer does not speak of {package} {version}"
    return Answer(tuple(sorted(known)), not_asked)


def told(answer: Answer, packages: int, judged: Iterable[tuple[str, str, str]]) -> tuple[list[str], int]:
    """The sentences and the exit code for an answer about so many packages, less what was judged already."""
    stays = set(judged)
    new = [one for one in answer.known if one.key not in stays]
    lines = [f"{one.package} {one.version}: {one.name}, {_way_out(one.fixed)}" for one in new]
    lines += [
        f"{package} {version}: {name} is judged in {JUDGED.name} and known no more: take it out"
        for package, version, name in sorted(stays - {one.key for one in answer.known})
        if package not in answer.not_asked
    ]
    for package, reason in list(answer.not_asked.items())[:SHOWN]:
        lines.append(f"{package}: nothing is known ({reason})")
    if len(answer.not_asked) > SHOWN:
        lines.append(f"and so for {len(answer.not_asked) - SHOWN} more")
    looked_at = packages - len(answer.not_asked)
    lines.append(
        f"{looked_at} of {packages} packages were asked about: {len(answer.known)} known vulnerabilities,"
        f" {len(answer.known) - len(new)} of them judged in {JUDGED.name}"
    )
    if new:
        return lines, FOUND
    return lines, UNKNOWN if answer.not_asked else CLEAN


def _way_out(fixed: Sequence[str]) -> str:
    if fixed:
        return f"mended in {', '.join(fixed)}: raise the pin (CONTRIBUTING.md, Packages)"
    return f"mended in no release: look at it, and enter what you find in {JUDGED.name}"
