"""Predicted maps of one model and seed in HDF5, one map per window."""

from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError


@dataclass(frozen=True)
class Predictions:
    """Predicted maps of n windows.

    Attributes
    ----------
    kind : str
        Dataset of the windows: `sequence` or `image`.
    index : int64 array, shape=(n,)
        Row of the window in that dataset.
    split : str array, shape=(n,)
        Split of the window for this model.
    prediction : float32 array, shape=(n, b, b)
        Symmetric maps in the units of the dataset, of the b bins at the center of the window.
    """

    kind: str
    index: np.ndarray
    split: np.ndarray = field(repr=False)
    prediction: np.ndarray = field(repr=False)


def write_predictions(
    path: str | Path, *, kind: str, index: np.ndarray, split: np.ndarray, prediction: np.ndarray
) -> None:
    """Write predicted maps (`Predictions`); the same content gives the same bytes.

    Raises
    ------
    UserError
        A prediction is NaN or infinite.
    """
    prediction = np.asarray(prediction, "float32")
    if not (finite := np.isfinite(prediction).all((1, 2))).all():
        raise UserError(
            f"{path}: predictions of {int((~finite).sum())} of {len(finite)} windows are not"
            " finite; expected: finite numbers; fix: train with a lower learning_rate"
        )
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["kind"] = kind
        file["index"] = np.asarray(index, "int64")
        file["split"] = np.asarray(split).astype("S") if len(split) else np.empty(0, "S1")
        # an empty array has no chunk to compress
        packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
        file.create_dataset(
            "prediction", data=prediction,
            **({**packed, "chunks": (1, *prediction.shape[1:])} if len(prediction) else {}),
        )  # fmt: skip


def read_predictions(path: str | Path) -> Predictions:
    """Read what `write_predictions` wrote."""
    with h5py.File(path, "r") as file:
        return Predictions(
            kind=str(file.attrs["kind"]),
            index=file["index"][:],
            split=file["split"][:].astype(str),
            prediction=file["prediction"][:],
        )
