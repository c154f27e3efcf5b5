import importlib

import keras
import pytest

SCRIPTS = (
    "motifs.extract_promoter_motifs",
    "evaluation.predict_across_cells",
    "evaluation.predict_deepexpression",
    "training.train_expression_network",
    "training.train_promoter_network",
)


def seeded(*, seed, **_):
    """Stands for prepare_device: threads cannot be set once a test before has used TensorFlow."""
    keras.utils.set_random_seed(seed)
    return "tensorflow cpu"


@pytest.fixture(scope="session", autouse=True)
def device():
    with pytest.MonkeyPatch.context() as patch:
        for script in SCRIPTS:
            module = importlib.import_module(f"workflow_scripts.deepexpression.{script}")
            patch.setattr(module, "prepare_device", seeded)
        yield
