"""The networks of a bundle as functions from profiles to predicted O/E."""

from collections.abc import Callable

import keras
import numpy as np

from workflow_scripts.conformation.apply.inputs import WINDOW_MODELS
from workflow_scripts.conformation.baselines.fit_ridge import RidgeFit
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.pairs import pairs_within
from workflow_scripts.conformation.data.windows import Segment, find_segments
from workflow_scripts.conformation.evaluation.predict_maps import predict_test_map
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.models.pairwise import predict_band

# From data, whose split `test` is to be predicted: O/E of all pixels that the model predicts,
# float32 (test bins, w), and the prediction of the pixels in windows, as a run scores it
Predictor = Callable[[ConformationData], tuple[np.ndarray, MapPrediction]]


def predicted_segments(data: ConformationData) -> list[Segment]:
    """Segments of split `test`."""
    return [segment for segment in find_segments(data) if segment.split == "test"]


def window_predictor(network: keras.Model) -> Predictor:
    """Predictor of a network of windows (forward, linear)."""

    def predict(data: ConformationData) -> tuple[np.ndarray, MapPrediction]:
        found = predict_test_map(network, data, data.profiles)
        return found.band, found

    return predict


def pair_predictor(log_oe: Callable[[ConformationData], np.ndarray]) -> Predictor:
    """Predictor of a model of pairs, from its log O/E (N, w); flanks are predicted, too."""

    def predict(data: ConformationData) -> tuple[np.ndarray, MapPrediction]:
        band = np.exp(log_oe(data))
        found = MapPrediction.from_band(data, band)
        return band[found.bins].astype("float32"), found

    return predict


def load_predictor(model: str, path: str) -> Predictor:
    """Read the weights of a model: ridge, one of `WINDOW_MODELS`, or else a pairwise network."""
    if model == "ridge":
        fit = RidgeFit.load(path)
        return pair_predictor(
            lambda data: fit.predict(
                data.profiles, pairs_within(predicted_segments(data), *data.oe.shape)
            )
        )
    network = keras.models.load_model(path, compile=False)
    if model in WINDOW_MODELS:
        return window_predictor(network)
    margin = network.get_layer("encode").kernel_size // 2

    def log_oe(data: ConformationData) -> np.ndarray:
        segments = predicted_segments(data)
        return predict_band(network, data.profiles, segments, data.window, margin)

    return pair_predictor(log_oe)
