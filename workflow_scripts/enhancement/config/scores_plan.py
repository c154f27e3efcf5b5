"""Which predictions enhancement's scores are made of."""

import re
from collections.abc import Mapping, Sequence


def prediction_runs(predictions: Mapping[str, Sequence[str]]) -> dict[tuple[str, int], str]:
    """Files of predictions by model and seed, which their names end with (`.seed1.h5`)."""
    return {
        (model, int(re.search(r"\.seed(\d+)\.h5$", path)[1])): path
        for model, paths in predictions.items()
        for path in paths
    }
