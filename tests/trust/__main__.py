"""What can be trusted, in figures: `python -m tests.trust [kills|fuzz|mutants …] [--seed N] [--write]`.

Belongs here: the command, what counts as a fault, and keeping the figures. Does not belong here: how a run is killed
(`kills.py`), how an input is made (`fuzz.py`), how a SELECT is changed (`mutants.py`).

Without a name all three run, one after the other, each with the numbers that the project asks for; that takes hours.
It ends with 1 where a run differed, a reader crashed or hung, or too few mutants were caught.
"""

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cape_pipeline.settings import today_eastern

SEED = 1
FIGURES = Path(__file__).with_name("results.json")
PAGE = Path(__file__).with_name("RESULTS.md")
#: Of the mutants that can change a result, the share that the tests must catch.
LEAST_CAUGHT = 0.95


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one of them found: its lines, the first of which are kept, and whether anything is at fault."""

    lines: tuple[str, ...]
    is_sound: bool


def kills(count: int, seed: int) -> Outcome:
    from tests.trust.kills import lines, run

    figures = run(points=count, seed=seed, tell=say)
    return Outcome(tuple(lines(figures)), figures.kills >= count and not figures.differences)


def fuzz(count: int, seed: int) -> Outcome:
    from tests.trust.fuzz import lines, run

    figures = run(inputs=count, seed=seed, tell=say)
    return Outcome(tuple(lines(figures)), figures.inputs >= count and not (figures.crashes or figures.hangs))


def mutants(count: int, seed: int) -> Outcome:
    from tests.trust.mutants import lines, run

    figures = run(count=count, seed=seed, say=say)
    decided = len(figures.tried) - figures.equivalent
    is_enough = len(figures.tried) >= count and figures.caught >= LEAST_CAUGHT * decided
    return Outcome(tuple(lines(figures)), is_enough and not figures.red_anyhow)


#: By name: what runs, and how many points, inputs or mutants the project asks for.
ALL: dict[str, tuple[Callable[[int, int], Outcome], int, str]] = {
    "kills": (kills, 200, "runs killed at random points"),
    "fuzz": (fuzz, 1_000_000, "inputs to the readers"),
    "mutants": (mutants, 250, "changed SELECTs"),
}


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.trust", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(ALL)}; all of them without one")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="the same seed draws the same points, inputs and mutants"
    )
    parser.add_argument("--count", type=int, help="how many; else as many as the project asks for")
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {PAGE.name}")
    asked = parser.parse_args()
    if unknown := [name for name in asked.names if name not in ALL]:
        parser.error(f"{unknown[0]}: one of {', '.join(ALL)}")
    sound = []
    for name in asked.names or ALL:
        work, count, what = ALL[name]
        count = asked.count or count
        say(f"{name}: {count:,} {what}, seed {asked.seed}")
        outcome = work(count, asked.seed)
        sys.stdout.write("\n".join(outcome.lines) + "\n")
        sound.append(outcome.is_sound)
        if asked.write:
            keep(name, {"seed": asked.seed, "count": count, "is_sound": outcome.is_sound, "lines": outcome.lines})
    return 0 if all(sound) else 1


def keep(name: str, told: dict[str, Any]) -> None:
    """Put the figures of one of them into the file, and write the page anew."""
    kept = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    kept[name] = {**told, "day": today_eastern().isoformat(), "commit": commit(), "python": platform.python_version()}
    FIGURES.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(page(kept), encoding="utf-8")


def page(kept: dict[str, Any]) -> str:
    """The figures as a page: for each what was asked, when, of which commit, and what was found."""
    parts = [
        "# What was tried, and what was found\n\nWritten by `python -m tests.trust --write`; the same seed repeats it.",
    ]
    for name in ALL:
        if told := kept.get(name):
            verdict = "As it should be." if told["is_sound"] else "**Not as it should be.**"
            parts.append(
                f"## {name}\n\n{told['count']:,} {ALL[name][2]}, seed {told['seed']}, {told['day']}, commit"
                f" {told['commit']}, Python {told['python']}. {verdict}\n\n"
                + "\n".join(f"- {line.strip()}" for line in told["lines"])
            )
    return "\n\n".join(parts) + "\n"


def commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 (whichever git the developer has)
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
    )
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
