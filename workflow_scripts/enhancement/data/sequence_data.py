"""Windows as the sequence models see them: DNA in, mean O/E map of all maps trained on out.

The models know nothing but DNA, so that maps of several samples give one window several targets.
The mean squared error to all of them is, but for a constant, that to their mean: the mean is the
target, and a window is read once an epoch whatever the number of samples.
"""

from dataclasses import dataclass, field

import keras
import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.data.dataset import EnhancementData, check_rows
from workflow_scripts.enhancement.data.embeddings import WindowEmbeddings
from workflow_scripts.enhancement.models.long_convolution import NO_BASE
from workflow_scripts.enhancement.models.sequence_model import upper_pixels

COMPLEMENT = np.array([3, 2, 1, 0, NO_BASE], "uint8")


@dataclass(frozen=True)
class Inputs:
    """What a model reads of windows, given by their rows in a dataset: codes, or embeddings."""

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
    """The places of a part, each once.

    Attributes
    ----------
    inputs : Inputs
        Where DNA comes from.
    rows : int64 array, shape=(g,)
        A row of the dataset for each place, whose DNA is read: with shuffled DNA, another place's.
    targets : float32 array, shape=(g, P)
        Mean target of the place's maps, in the pixels trained on.
    """

    inputs: Inputs
    rows: np.ndarray
    targets: np.ndarray = field(repr=False)

    @classmethod
    def of(
        cls, inputs: Inputs, part: str, *, column: str, pixels: np.ndarray, shuffle: int | None
    ) -> "SequenceWindows":
        """Windows of a part; `shuffle` is the seed by which DNA is permuted between them, or None.

        Raises
        ------
        UserError
            The part has no window, or only one where DNA is to be permuted.
        """
        data = inputs.data
        rows = check_rows(data.rows(part, column=column), f"{column} {part}", data.path)
        firsts, targets = [], []
        for place in np.unique(data.genome[rows]):
            own = rows[data.genome[rows] == place]
            maps = data.maps_of("target", own).reshape(len(own), -1)
            firsts.append(own[0])
            targets.append(maps[:, pixels].mean(0, dtype="float64"))
        read = np.array(firsts)
        if shuffle is not None:
            if len(read) < 2:
                raise UserError(
                    f"{data.path}: part {part!r} has 1 place; the control with shuffled DNA needs 2"
                )
            read = read[exchange(len(read), shuffle)]
        return cls(inputs, read, np.array(targets, "float32"))

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets (n, P) of some of the places."""
        return self.inputs.of(self.rows[rows]), self.targets[rows]


def exchange(number: int, seed: int) -> np.ndarray:
    """A permutation that leaves nothing in its place: a circle through all in random order."""
    order = np.random.default_rng([seed, number]).permutation(number)
    taken = np.empty(number, int)
    taken[order] = np.roll(order, 1)
    return taken


def flip_pixels(bins: int, crop: int, diagonal: int) -> np.ndarray:
    """For each pixel of `upper_pixels` its place among them in the window read backwards, (P,)."""
    pixels = upper_pixels(bins, crop, diagonal)
    row, column = pixels // bins, pixels % bins
    place = np.full(bins * bins, -1)
    place[pixels] = np.arange(len(pixels))
    return place[(bins - 1 - column) * bins + bins - 1 - row]


def shift_codes(codes: np.ndarray, by: int) -> np.ndarray:
    """DNA (window_bp,) moved by some bases, to the right where positive; N where none is known."""
    moved = np.full_like(codes, NO_BASE)
    if by >= 0:
        moved[by:] = codes[: len(codes) - by]
    else:
        moved[:by] = codes[-by:]
    return moved


def reverse_complement(codes: np.ndarray) -> np.ndarray:
    """The other strand of DNA (..., window_bp)."""
    return COMPLEMENT[codes[..., ::-1]]


@dataclass(frozen=True)
class AugmentedWindows:
    """Training windows of which each reading is shifted by chance and half are turned around.

    Draws follow from the seed and the steps that the network has taken, so that a resumed training
    draws as one that was not killed. Embeddings are left as they are.
    """

    windows: SequenceWindows
    network: keras.Model
    flips: np.ndarray = field(repr=False)
    shift: int
    reverse: bool
    seed: int

    def __len__(self) -> int:
        return len(self.windows)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Codes (n, window_bp) and targets (n, P) of some of the places."""
        codes, targets = self.windows.take(rows)
        if codes.dtype != np.uint8:
            return codes, targets
        random = np.random.default_rng([self.seed, int(self.network.optimizer.iterations)])
        shifts = random.integers(-self.shift, self.shift + 1, len(rows))
        turned = random.integers(0, 2, len(rows)).astype(bool) & self.reverse
        codes = np.stack([shift_codes(c, by) for c, by in zip(codes, shifts, strict=True)])
        codes[turned] = reverse_complement(codes[turned])
        targets[turned] = targets[turned][:, self.flips]
        return codes, targets
