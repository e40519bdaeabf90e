"""The lease of a step: while a worker lives it goes on holding its steps, however long they take.

Redis knows nothing of a worker's death: a message that was taken and not acknowledged within the broker's visibility
timeout counts as abandoned and is given to another worker. With a timeout longer than the longest step, the step of a
dead machine would wait for hours; with a shorter one, long steps of living workers would run twice. So the timeout is
short, and the worker's own process, which does not execute steps, renews it.

Belongs here: the renewal. Does not belong here: what the timeout is (`broker.py`).
"""

import time
from typing import Any

from celery import bootsteps  # type: ignore[import-untyped]

#: How often a lease is renewed before it would end.
RENEWALS_IN_A_LEASE = 4


class Lease(bootsteps.StartStopStep):
    """A part of the worker's consumer that renews what it holds, as long as the worker's process lives."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **options: Any) -> None:
        self._timer: Any = None
        super().__init__(parent, **options)

    def start(self, parent: Any) -> None:
        """Renew at once, and then a few times in every lease."""
        every = parent.app.conf.broker_transport_options["visibility_timeout"] / RENEWALS_IN_A_LEASE
        self._timer = parent.timer.call_repeatedly(every, renew, (parent.task_consumer.channel,))

    def stop(self, parent: Any) -> None:
        """Renew no longer: the connection is gone, or the worker ends."""
        del parent
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def renew(channel: Any) -> int:
    """Say that the steps this worker holds are held from now on; what another holds is left alone. How many they are.

    A step that was taken from this worker meanwhile, because it could not be heard, does not come back to it.
    """
    held = channel.qos
    tags = list(held._delivered)
    if tags:
        now = time.time()
        with channel.conn_or_acquire() as client:
            client.zadd(held.unacked_index_key, dict.fromkeys(tags, now), xx=True)
    return len(tags)
