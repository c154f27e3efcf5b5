"""Embeddings of a language model in place of DNA: one HDF5 file, a row for each window.

The file has `embeddings` (windows, positions, dimension), float16 or float32, and the windows'
places `chrom` (text) and `start` (bp, 0-based). Whatever made them, the model sees positions evenly
spread over the window, at least one a bin (the paper's discussion: DNABERT's k-mers).
"""

from pathlib import Path

import h5py
import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError

NAMES = ("embeddings", "chrom", "start")


class WindowEmbeddings:
    """An open file of embeddings; `positions` and `dimension` are those of a window.

    Raises
    ------
    UserError
        The file lacks an array, or their lengths differ.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        try:
            self._file = h5py.File(path, "r")
        except OSError:
            raise UserError(
                f"{path}: is no HDF5 file; allowed: one of {', '.join(NAMES)}"
            ) from None
        for name in NAMES:
            if name not in self._file:
                raise UserError(f"{path}: has no array {name!r}; needed: {', '.join(NAMES)}")
        values = self._file["embeddings"]
        if values.ndim != 3 or not len(self._file["chrom"]) == len(self._file["start"]) == len(
            values
        ):
            raise UserError(
                f"{path}: embeddings of shape {values.shape}, {len(self._file['chrom'])} chrom and"
                f" {len(self._file['start'])} start; allowed: (windows, positions, dimension), and"
                " as many chrom and start as windows"
            )
        self.positions, self.dimension = values.shape[1:]
        names = self._file["chrom"].asstr()[:]
        self._row = {
            place: row
            for row, place in enumerate(zip(names, self._file["start"][:].tolist(), strict=True))
        }

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def check(self, chrom: np.ndarray, start: np.ndarray) -> None:
        """Raise `UserError` where a window has no embedding."""
        places = list(zip(chrom.tolist(), start.tolist(), strict=True))
        if absent := [place for place in places if place not in self._row]:
            name, first = absent[0]
            raise UserError(
                f"{self.path}: no embedding of {len(absent)} of {len(places)} windows, first"
                f" {name}:{first}; allowed: one for each window of the dataset"
            )

    def of(self, chrom: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Embeddings of windows, float32 (windows, positions, dimension)."""
        values = self._file["embeddings"]
        places = zip(chrom.tolist(), start.tolist(), strict=True)
        return np.stack([values[self._row[place]] for place in places]).astype("float32")
