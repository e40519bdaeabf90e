"""Loading without looking for garbage: modules, contracts and assets stay until the process ends, so there is none.

Python looks for it after every so many new objects, and each look goes through all there are: of loading the
definitions that is a third.

Belongs here: pausing the collector. Does not belong here: what is loaded meanwhile.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Inside it no garbage is looked for; afterwards as before."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
