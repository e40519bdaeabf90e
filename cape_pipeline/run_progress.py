"""How far a run is: steps done of steps there are, told as they begin and end.

Belongs here: turning Dagster's events into that. Does not belong here: how it is shown (`commands/`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg
from dagster._core.events import DagsterEventType

#: The part of a run's configuration that keeps Dagster's own log off the terminal: progress and failures are told here.
QUIET: dict[str, object] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
#: Told the name of a step, how many are done, and how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Watch:
    """Turns Dagster's events into steps done of steps there are."""

    progress: Progress
    steps: int
    done: int = 0

    def see(self, event: dg.DagsterEvent | None) -> None:
        """Take note of one event of the run."""
        if event is None or event.step_key is None:
            return
        if event.event_type in (DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE):
            self.done += 1
        elif event.event_type is not DagsterEventType.STEP_START:
            return
        self.progress(event.step_key.replace("__", "."), self.done, self.steps)
