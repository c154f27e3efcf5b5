import pytest

SCRIPTS = (
    "apply.apply_deepchrome",
    "evaluation.predict_across_cells",
    "evaluation.predict_deepchrome",
    "interpretation.measure_feature_maps",
    "interpretation.optimize_inputs",
    "training.train_deepchrome",
    "training.tune_deepchrome",
)


@pytest.fixture(scope="session")
def device():
    """Replace prepare_device: TensorFlow's threads can be set only once per process."""
    with pytest.MonkeyPatch.context() as patch:
        for script in SCRIPTS:
            patch.setattr(
                f"workflow_scripts.deepchrome.{script}.prepare_device", lambda **_: "tensorflow cpu"
            )
        yield
