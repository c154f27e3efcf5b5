import numpy as np
from conformation_data import random_data

from workflow_scripts.conformation.baselines.fit_mean import main as fit_mean
from workflow_scripts.conformation.evaluation.predictions import (
    MapPrediction,
)


def test_the_mean_by_distance_scores_0(tmp_path):
    data = random_data({"a": 60}, np.full(60, "test"), w=4)
    data.save(tmp_path / "data.npz")
    fit_mean(str(tmp_path / "data.npz"), prediction=str(tmp_path / "mean.npz"))
    found = MapPrediction.load(tmp_path / "mean.npz")
    assert (found.window_r == 0).all()
    assert set(found.band[np.isfinite(found.band)]) == {1.0}
