"""One small written sample for all tests of this folder."""

from pathlib import Path

import pytest

from cape_pipeline.sample import Written, write_sample
from cape_pipeline.sample.law import Law
from cape_pipeline.settings import project_files

ENTRIES, SEED = 3_000, 1


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write_sample(tmp_path_factory.mktemp("sample"), ENTRIES, SEED)


@pytest.fixture(scope="session")
def exports(written: Written) -> Path:
    """The folder the files are in."""
    return written.answers.parent


@pytest.fixture(scope="session")
def law() -> Law:
    return Law(project_files("registry_seeds"))
