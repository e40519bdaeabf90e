"""One written demonstration for all tests of this folder."""

from pathlib import Path

import pytest

from cape_pipeline.demo import DemoSet, write_demo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSet:
    return write_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def exports(demo: DemoSet) -> Path:
    """The folder the files are in."""
    return demo.files[0].parent
