"""One call that writes the demonstration and knows its answers.

Belongs here: the order of the steps. Does not belong here: any of the steps.
"""

from pathlib import Path

from cape_pipeline.demo.answers import DemoSet
from cape_pipeline.demo.cast import AS_OF
from cape_pipeline.demo.exports import damaged, write_exports
from cape_pipeline.demo.scenarios import plan
from cape_pipeline.demo.settlement import answers, bank_day_of_other_business, refunds_of

DEFAULT_SEED = 20260720


def write_demo(folder: Path, *, seed: int = DEFAULT_SEED) -> DemoSet:
    """Write the demonstration exports into `folder` and return them with their answers.

    The same seed writes the same bytes. Files of the same names are replaced; nothing else in the folder is touched.
    The answers themselves are not written: see `DemoSet.answers_json`.

    Raises:
        OSError: when the folder cannot be written.
    """
    entries = plan(seed)
    files = write_exports(folder, entries, refunds_of(entries))
    _, unusable = damaged(entries)
    return DemoSet(
        as_of=AS_OF,
        files=files,
        answers=answers(entries, unusable, len(bank_day_of_other_business())),
        heading_uses=tuple(use for entry in entries for line in entry.lines for use in line.uses),
    )
