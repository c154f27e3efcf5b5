from types import SimpleNamespace

import pytest
from conformation_run import evaluate, write_run


@pytest.fixture(scope="session")
def published(root):
    """Path of the published values."""
    return str(root / "resources/published/conformation.tsv")


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory, published):
    """A small run and its metrics; tests must not write to its folder."""
    run = write_run(tmp_path_factory.mktemp("conformation_run"))
    return SimpleNamespace(run=run, metrics=evaluate(run, published))
