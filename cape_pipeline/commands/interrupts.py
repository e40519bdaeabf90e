"""Whether Ctrl-C was pressed, whoever swallowed it: a query or a step that it stops fails with an error of its own.

Belongs here: hearing the signal below every handler of Python. Does not belong here: what is said of it (`start.py`).
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class _Ear:
    """The reading end of a pipe into which Python writes the number of every signal as it arrives."""

    def __init__(self) -> None:
        self.reading: int | None = None
        self.has_heard = False

    def heard(self) -> bool:
        if self.reading is not None:
            with suppress(BlockingIOError):  # raised where nothing has arrived since
                self.has_heard |= signal.SIGINT in os.read(self.reading, 1024)
        return self.has_heard


_EAR = _Ear()


@contextmanager
def listening() -> Iterator[None]:
    """Hear Ctrl-C from here on; outside the main thread, where no signal arrives, there is nothing to hear."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    _EAR.reading, _EAR.has_heard = reading, False
    try:
        yield
    finally:
        _EAR.reading = None
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


def heard() -> bool:
    """Whether Ctrl-C was pressed since the command began."""
    return _EAR.heard()


def stop_if_heard() -> None:
    """End what is under way, once Ctrl-C was pressed.

    Raises:
        KeyboardInterrupt: it was.
    """
    if heard():
        raise KeyboardInterrupt
