import pytest
from loaded_workflow import load_workflow


@pytest.fixture(scope="session")
def workflow():
    """The workflow with its default config."""
    return load_workflow()


@pytest.fixture(scope="session")
def cuda_workflow():
    """The workflow with TensorFlow's build for GPUs."""
    return load_workflow({"tensorflow": "cuda"})
