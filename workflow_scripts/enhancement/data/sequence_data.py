"""Windows of kind sequence as the sequence models read them: DNA in, mean O/E map out.

The input is DNA only, so windows of several samples have one input and several targets. The mean
squared error to all of them equals that to their mean up to a constant: the mean is the target, and
a region is read once an epoch whatever the number of samples.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.data.dataset import N_CODE, EnhancementData, check_rows

COMPLEMENT = np.array([3, 2, 1, 0, N_CODE], "uint8")
EMBEDDING_ARRAYS = ("embeddings", "chrom", "start")


class WindowEmbeddings:
    """An open HDF5 file with embeddings of a language model, one row per window.

    It has `embeddings` (windows, positions, dimension), float16 or float32, and the windows'
    `chrom` (text) and `start` (bp, 0-based). Positions are taken as evenly spread over the window,
    at least one per bin (the paper's discussion names DNABERT's k-mers).

    Raises
    ------
    UserError
        The file lacks an array, or the arrays' lengths differ.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        expected = f"expected: HDF5 with {', '.join(EMBEDDING_ARRAYS)}"
        try:
            self._file = h5py.File(path, "r")
        except OSError:
            raise UserError(f"{path}: not an HDF5 file; {expected}") from None
        for name in EMBEDDING_ARRAYS:
            if name not in self._file:
                raise UserError(f"{path}: no array {name!r}; {expected}")
        values = self._file["embeddings"]
        rows = [len(self._file[name]) for name in ("chrom", "start")]
        if values.ndim != 3 or rows != [len(values)] * 2:
            raise UserError(
                f"{path}: embeddings of shape {values.shape}, {rows[0]} chrom and {rows[1]} start;"
                " expected: (windows, positions, dimension), and one chrom and start per window"
            )
        self.positions, self.dimension = values.shape[1:]
        names = self._file["chrom"].asstr()[:]
        self._row = {
            region: row
            for row, region in enumerate(zip(names, self._file["start"][:].tolist(), strict=True))
        }

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def check(self, chrom: np.ndarray, start: np.ndarray) -> None:
        """Raise `UserError` where a window has no embedding."""
        regions = list(zip(chrom.tolist(), start.tolist(), strict=True))
        if absent := [region for region in regions if region not in self._row]:
            name, first = absent[0]
            raise UserError(
                f"{self.path}: no embedding of {len(absent)} of {len(regions)} windows, first"
                f" {name}:{first}; expected: one per window of the dataset"
            )

    def of(self, chrom: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Embeddings of windows, float32 (windows, positions, dimension)."""
        values = self._file["embeddings"]
        regions = zip(chrom.tolist(), start.tolist(), strict=True)
        return np.stack([values[self._row[region]] for region in regions]).astype("float32")


@dataclass(frozen=True)
class Inputs:
    """Model inputs of windows, by their rows in a dataset: DNA codes or embeddings."""

    data: EnhancementData
    embeddings: WindowEmbeddings | None = None

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Codes uint8 (rows, window_bp), or embeddings float32 (rows, positions, dimension)."""
        if self.embeddings is None:
            return self.data.codes(rows)
        return self.embeddings.of(self.data.chrom[rows], self.data.start[rows])

    def sizes(self) -> dict[str, int]:
        """`length` and `dimension` of `build_sequence_model`."""
        if self.embeddings is None:
            return {"length": self.data.window_bp, "dimension": 0}
        return {"length": self.embeddings.positions, "dimension": self.embeddings.dimension}


@dataclass(frozen=True)
class SequenceWindows:
    """The regions of a split, each once.

    Attributes
    ----------
    inputs : Inputs
        Source of the model inputs.
    rows : int64 array, shape=(g,)
        Row of the dataset whose DNA is read for each region; with shuffled DNA another region's.
    targets : float32 array, shape=(g, P)
        Mean target of the region's maps, in the pixels trained on.
    """

    inputs: Inputs
    rows: np.ndarray
    targets: np.ndarray = field(repr=False)

    @classmethod
    def of(
        cls, inputs: Inputs, split: str, *, column: str, pixels: np.ndarray, shuffle: int | None
    ) -> "SequenceWindows":
        """Windows of a split; `shuffle` is the seed of the permutation of their DNA, or None.

        Raises
        ------
        UserError
            The split has no window, or only one where DNA is permuted.
        """
        data = inputs.data
        rows = check_rows(data.rows(split, column=column), f"{column} {split}", data.path)
        firsts, targets = [], []
        for region in np.unique(data.genome[rows]):
            own = rows[data.genome[rows] == region]
            maps = data.maps_of("target", own).reshape(len(own), -1)
            firsts.append(own[0])
            targets.append(maps[:, pixels].mean(0, dtype="float64"))
        read = np.array(firsts)
        if shuffle is not None:
            if len(read) < 2:
                raise UserError(
                    f"{data.path}: split {split!r} has 1 region; expected: 2 or more for the"
                    " control with shuffled DNA"
                )
            read = read[derangement(len(read), shuffle)]
        return cls(inputs, read, np.array(targets, "float32"))

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets (n, P) of some of the regions."""
        return self.inputs.of(self.rows[rows]), self.targets[rows]


def derangement(number: int, seed: int) -> np.ndarray:
    """A permutation without a fixed point: one cycle through all in random order."""
    order = np.random.default_rng([seed, number]).permutation(number)
    taken = np.empty(number, int)
    taken[order] = np.roll(order, 1)
    return taken


def upper_pixels(bins: int, crop: int, ignore_diags: int) -> np.ndarray:
    """Pixels trained on, as indices into a flattened map of B bins, int32 (P,).

    The upper triangle without the first `ignore_diags` diagonals, of the map without `crop` bins on
    each side: 15,931 for 200, 10 and 2.
    """
    row, column = np.triu_indices(bins - 2 * crop, ignore_diags)
    return ((row + crop) * bins + column + crop).astype("int32")


def flip_pixels(bins: int, crop: int, ignore_diags: int) -> np.ndarray:
    """Index of each of the `upper_pixels` among them in the reversed window, (P,)."""
    pixels = upper_pixels(bins, crop, ignore_diags)
    row, column = pixels // bins, pixels % bins
    index = np.full(bins * bins, -1)
    index[pixels] = np.arange(len(pixels))
    return index[(bins - 1 - column) * bins + bins - 1 - row]


def shift_codes(codes: np.ndarray, by: int) -> np.ndarray:
    """DNA (window_bp,) shifted by some bases, to the right where positive; filled with N."""
    moved = np.full_like(codes, N_CODE)
    if by >= 0:
        moved[by:] = codes[: len(codes) - by]
    else:
        moved[:by] = codes[-by:]
    return moved


def reverse_complement(codes: np.ndarray) -> np.ndarray:
    """Reverse complement of DNA (..., window_bp)."""
    return COMPLEMENT[codes[..., ::-1]]


@dataclass(frozen=True)
class AugmentedWindows:
    """Training windows, randomly shifted, and half of them reverse-complemented.

    Random numbers follow from the seed and the steps that the network has taken, so that a resumed
    training gets those of an uninterrupted one. Embeddings are not augmented.

    Attributes
    ----------
    windows : SequenceWindows
        The training windows.
    network : keras.Model
        The compiled network; the steps of its optimizer are read.
    flips : int array, shape=(P,)
        `flip_pixels` of the windows.
    max_shift, reverse, seed
        Largest shift (bp); whether to reverse-complement; seed.
    """

    windows: SequenceWindows
    network: Any
    flips: np.ndarray = field(repr=False)
    max_shift: int
    reverse: bool
    seed: int

    def __len__(self) -> int:
        return len(self.windows)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Codes (n, window_bp) and targets (n, P) of some of the regions."""
        codes, targets = self.windows.take(rows)
        if codes.dtype != np.uint8:
            return codes, targets
        random = np.random.default_rng([self.seed, int(self.network.optimizer.iterations)])
        shifts = random.integers(-self.max_shift, self.max_shift + 1, len(rows))
        turned = random.integers(0, 2, len(rows)).astype(bool) & self.reverse
        codes = np.stack([shift_codes(c, by) for c, by in zip(codes, shifts, strict=True)])
        codes[turned] = reverse_complement(codes[turned])
        targets[turned] = targets[turned][:, self.flips]
        return codes, targets
