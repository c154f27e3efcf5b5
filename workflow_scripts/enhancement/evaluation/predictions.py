"""Predicted maps of one model and seed, as scripts hand them on: HDF5, one map per window."""

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
        Dataset whose windows they are of: `sequence` or `image`.
    index : int64 array, shape=(n,)
        Row of the window in that dataset.
    part : str array, shape=(n,)
        The window's part.
    prediction : float32 array, shape=(n, b, b)
        Symmetric maps in the dataset's units, of the b bins in the middle of the window.
    """

    kind: str
    index: np.ndarray
    part: np.ndarray = field(repr=False)
    prediction: np.ndarray = field(repr=False)


def write_predictions(
    path: str | Path, *, kind: str, index: np.ndarray, part: np.ndarray, prediction: np.ndarray
) -> None:
    """Write predicted maps, the same bytes for the same content; see `Predictions`.

    Raises
    ------
    UserError
        A prediction is NaN or infinite.
    """
    prediction = np.asarray(prediction, "float32")
    if not (finite := np.isfinite(prediction).all((1, 2))).all():
        raise UserError(
            f"{path}: predictions of {int((~finite).sum())} of {len(finite)} windows are not"
            " finite; allowed: finite numbers"
        )
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["kind"] = kind
        file["index"] = np.asarray(index, "int64")
        file["part"] = np.asarray(part).astype("S") if len(part) else np.empty(0, "S1")
        # an empty table has no chunk to pack
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
            part=file["part"][:].astype(str),
            prediction=file["prediction"][:],
        )


def middle(maps: np.ndarray, bins: int) -> np.ndarray:
    """The `bins` x `bins` in the middle of maps, shape=(..., B, B)."""
    first = (maps.shape[-1] - bins) // 2
    return maps[..., first : first + bins, first : first + bins]
