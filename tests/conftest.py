"""What holds for every test: property tests that repeat, no telemetry, no setting of the caller's shell.

Belongs here: what no test may forget. Does not belong here: fixtures of one folder (its own `conftest.py`) and helpers
(`tests/support/`).
"""

import os
import signal
import threading

from hypothesis import settings

# The same examples at every run, on every machine; a shared machine is slow, so no example is timed.
settings.register_profile("steady", derandomize=True, deadline=None, database=None, print_blob=True, max_examples=25)
# `CAPE_TEST_PROFILE=search` looks further: more examples, other ones each time.
settings.register_profile("search", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile(os.environ.pop("CAPE_TEST_PROFILE", "steady"))

os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
# a shell starts what runs in the background deaf to Ctrl-C, and so would be every command that a test starts
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
for name in [name for name in os.environ if name == "DAGSTER_HOME" or name.startswith("CAPE_")]:
    del os.environ[name]
