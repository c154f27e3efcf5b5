import importlib

import pytest

SCRIPTS = (
    "apply.apply_deepexpression",
    "motifs.extract_motifs",
    "evaluation.predict_across_cells",
    "evaluation.predict_deepexpression",
    "training.train_joint",
    "training.train_promoter",
)


@pytest.fixture(scope="session")
def seeds_only():
    """Replace prepare_device: threads cannot be set once another test has used TensorFlow."""
    import keras

    def set_seeds(*, seed, **_):
        keras.utils.set_random_seed(seed)
        return "tensorflow cpu"

    with pytest.MonkeyPatch.context() as patch:
        for script in SCRIPTS:
            module = importlib.import_module(f"workflow_scripts.deepexpression.{script}")
            patch.setattr(module, "prepare_device", set_seeds)
        yield
