"""Windows of contact maps with their DNA, streamed from HDF5: how every script of this paper reads.

Two files of one form: `sequence.h5` (kind `sequence`, O/E maps) and `image.h5` (kind `image`, maps
of low and high resolution). Both hold the DNA, so that any model can predict on either.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError

# Maps of a window per kind, float32 (n, B, B), and numbers to go back to balanced counts
MAPS = {"sequence": ("target",), "image": ("low", "high")}
SCALES = {"sequence": (), "image": ("scale_low", "scale_high")}
COLUMNS = ("map", "chrom", "start", "end", "part", "part_random", "input")
N_CODE = 4
CHUNK_BASES = 1 << 18


class EnhancementData:
    """An open dataset of n windows of B bins; close it, or use it in a `with`.

    Attributes
    ----------
    kind : str
        `sequence` or `image`.
    resolution, window_bins, window_bp : int
        Bin size (bp), B, and their product.
    maps : tuple of str
        Names of the arrays of maps: `target`, or `low` and `high`.
    map : str array, shape=(n,)
        Sample whose map the window is of.
    chrom, start, end : arrays, shape=(n,)
        Its place: str, and int64 bp, 0-based half-open; `end - start == window_bp`.
    part : str array, shape=(n,)
        `train`, `valid`; `test` (places held out, maps trained on), `test_map` (maps held out,
        places trained on), `test_both`; image windows of a second way of making low resolution
        have it as suffix of their test parts (`test_downsample`). `parts` lists those there.
    part_random : str array, shape=(n,)
        `train`, `valid` or `test` by chance over places, for Table III; empty for held-out maps.
    input : str array, shape=(n,)
        How low resolution was made: `pool` or `downsample`; empty for kind `sequence`.
    genome : int64 array, shape=(n,)
        Number of the window's place: windows with the same number have the same DNA.
    scale_low, scale_high : float64 arrays, shape=(n, 3)
        Kind `image` alone: offset, lowest and highest logarithm of each Observed map, with which
        `to_balanced` returns to balanced contacts.

    Maps are symmetric, without NaN. `target` is ln(O/E), smoothed, within +- the config's clip;
    `low` and `high` are Observed maps in [0, 1]. All of them, of a few windows at a time, come from
    `batch`, `maps_of` and `codes`; rows may be in any order and repeat.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self._file = h5py.File(path, "r")
        attributes = self._file.attrs
        self.kind = str(attributes["kind"])
        self.resolution = int(attributes["resolution"])
        self.window_bins = int(attributes["window_bins"])
        self.window_bp = self.resolution * self.window_bins
        self.maps = MAPS[self.kind]
        for name in COLUMNS:
            values = self._file[name][:]
            setattr(self, name, values if values.dtype.kind == "i" else values.astype(str))
        places = pd.Series(list(zip(self.chrom, self.start, strict=True)), dtype=object)
        self.genome = pd.factorize(places)[0].astype("int64")
        for name in SCALES[self.kind]:
            setattr(self, name, self._file[name][:])

    def __enter__(self) -> "EnhancementData":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self.start)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def parts(self) -> list[str]:
        """Parts that have a window, in order of appearance."""
        return list(dict.fromkeys(self.part.tolist()))

    def rows(self, *parts: str, column: str = "part") -> np.ndarray:
        """Rows of some parts, ascending, int64; `column` is `part` or `part_random`."""
        return np.flatnonzero(np.isin(getattr(self, column), parts))

    def codes(self, rows: Iterable[int]) -> np.ndarray:
        """DNA of windows, uint8 (len(rows), window_bp): 0-3 = ACGT, 4 = N or other."""
        rows = np.asarray(rows, int)
        found = np.empty((len(rows), self.window_bp), "uint8")
        for place in np.unique(self.genome[rows]):
            wanted = np.flatnonzero(self.genome[rows] == place)
            row = rows[wanted[0]]
            sequence = self._file["codes"][self.chrom[row]]
            found[wanted] = sequence[self.start[row] : self.end[row]]
        return found

    def maps_of(self, name: str, rows: Iterable[int]) -> np.ndarray:
        """Maps of windows, float32 (len(rows), B, B); `name` is one of `maps`."""
        rows = np.asarray(rows, int)
        wanted, back = np.unique(rows, return_inverse=True)
        return self._file[name][wanted][back] if len(rows) else self._file[name][:0]

    def batch(self, rows: Iterable[int]) -> dict[str, np.ndarray]:
        """`codes` and all maps of windows, by name."""
        return {"codes": self.codes(rows), **{m: self.maps_of(m, rows) for m in self.maps}}

    def table(self) -> pd.DataFrame:
        """The windows' columns and `genome`, one row each."""
        return pd.DataFrame({name: getattr(self, name) for name in (*COLUMNS, "genome")})


class EnhancementWriter:
    """Writes a dataset window by window, the same bytes for the same content.

    Parameters
    ----------
    path
        File to be written; it appears under its name when the `with` ends without an error.
    kind
        `sequence` or `image`.
    resolution, window_bins
        Bin size (bp) and bins of a window.
    codes
        DNA of each chromosome that has windows, uint8 from its first base on.
    """

    def __init__(
        self, path: str | Path, *, kind: str, resolution: int, window_bins: int,
        codes: Mapping[str, np.ndarray],
    ) -> None:  # fmt: skip
        self.kind, self._codes = kind, dict(codes)
        self._attributes = {"kind": kind, "resolution": resolution, "window_bins": window_bins}
        self._rows: list[dict] = []
        self._place = atomic_path(path)

    def __enter__(self) -> "EnhancementWriter":
        self._file = h5py.File(self._place.__enter__(), "w")
        self._file.attrs.update(self._attributes)
        group = self._file.create_group("codes")
        for chrom, sequence in self._codes.items():
            group.create_dataset(
                chrom, data=sequence, compression="gzip", compression_opts=1,
                chunks=(max(1, min(CHUNK_BASES, len(sequence))),),
            )  # fmt: skip
        bins = self._attributes["window_bins"]
        for name in MAPS[self.kind]:
            self._file.create_dataset(
                name, (0, bins, bins), "float32", maxshape=(None, bins, bins),
                chunks=(1, bins, bins), compression="gzip", compression_opts=1, shuffle=True,
            )  # fmt: skip
        return self

    def add(
        self, row: Mapping, maps: Mapping[str, np.ndarray], scales: Mapping | None = None
    ) -> int:
        """Append a window and return its row.

        Parameters
        ----------
        row
            Values of map, chrom, start, end, part, part_random and input; absent text is ''.
        maps, scales
            The kind's maps (B, B) and, for kind image, scale_low and scale_high, (3,).
        """
        number = len(self._rows)
        for name in MAPS[self.kind]:
            if not np.isfinite(maps[name]).all():
                raise ValueError(f"window {number}: {name} has NaN")
            self._file[name].resize(number + 1, axis=0)
            self._file[name][number] = maps[name]
        known = {name: row.get(name, "") for name in COLUMNS}
        self._rows.append(known | {name: scales[name] for name in SCALES[self.kind]})
        return number

    def __exit__(self, kind, error, trace) -> None:
        if kind is None:
            for name in COLUMNS:
                values = [row[name] for row in self._rows]
                whole = name in ("start", "end")
                column = np.array(values, "int64") if whole else np.array(values, "S")
                self._file.create_dataset(name, data=column if self._rows else column.astype("S1"))
            for name in SCALES[self.kind]:
                found = np.array([row[name] for row in self._rows], float).reshape(-1, 3)
                self._file.create_dataset(name, data=found)
        self._file.close()
        self._place.__exit__(kind, error, trace)


def to_balanced(observed: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Balanced contacts of an Observed map: the inverse of `observed_map`.

    Parameters
    ----------
    observed
        Map in [0, 1], any shape.
    scale
        Its row of `scale_low` or `scale_high`: offset, lowest, highest logarithm.
    """
    offset, low, high = scale
    return np.exp(observed * (high - low) + low) - offset


def check_rows(rows: np.ndarray, part: str, path: str) -> np.ndarray:
    """Give `rows` back, or raise `UserError` where a part has no window."""
    if not len(rows):
        raise UserError(f"{path}: part {part!r} has no window; allowed: one or more")
    return rows
