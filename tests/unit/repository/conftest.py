import tempfile

import pytest
from loaded_workflow import load_workflow


@pytest.fixture(scope="session", autouse=True)
def snakemake_folders():
    """Remove the temporary folders of workflows that are read in this process and not run.

    Snakemake leaves them to the garbage collector, which warns during whatever test it runs in.
    """
    folders = []

    class Listed(tempfile.TemporaryDirectory):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            folders.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "TemporaryDirectory", Listed)
        yield
    for folder in folders:
        folder.cleanup()


@pytest.fixture(scope="session")
def workflow():
    """The workflow with its default config."""
    return load_workflow()


@pytest.fixture(scope="session")
def cuda_workflow():
    """The workflow with TensorFlow's build for GPUs."""
    return load_workflow({"tensorflow": "cuda"})
