"""Windows of contact maps with their DNA in HDF5: the dataset of all scripts of this paper.

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

# arrays of maps by kind, float32 (n, B, B), and the scales that take them back to contacts
MAPS = {"sequence": ("target",), "image": ("low", "high")}
SCALES = {"sequence": (), "image": ("scale_low", "scale_high")}
COLUMNS = ("map", "chrom", "start", "end", "split", "split_random", "input")
N_CODE = 4
CHUNK_BASES = 1 << 18


class EnhancementData:
    """An open dataset of n windows of B bins; use it in a `with`, or close it.

    Attributes
    ----------
    kind : str
        `sequence` or `image`.
    resolution, window_bins, window_bp : int
        Bin size (bp), B, and their product.
    maps : tuple of str
        Names of the arrays of maps: `target`, or `low` and `high`.
    map : str array, shape=(n,)
        Sample of the window's map.
    chrom, start, end : arrays, shape=(n,)
        Region: str, and int64 bp, 0-based half-open; `end - start == window_bp`.
    split : str array, shape=(n,)
        `train`, `valid`; `test` (regions held out, maps trained on), `test_map` (maps held out,
        regions trained on), `test_both`. Image windows of a second method of making low resolution
        carry its name as suffix of their test splits (`test_downsample`). `splits` lists the splits
        that have a window.
    split_random : str array, shape=(n,)
        `train`, `valid` or `test` at random over regions, for Table III; empty for held-out maps.
    input : str array, shape=(n,)
        How low resolution was made: `pool` or `downsample`; empty for kind `sequence`.
    genome : int64 array, shape=(n,)
        Number of the window's region: windows with the same number have the same DNA.
    scale_low, scale_high : float64 arrays, shape=(n, 3)
        Kind `image` only: offset, lowest and highest logarithm of each Observed map, from which
        `map_transforms.to_balanced` gets balanced contacts.

    Maps are symmetric and without NaN. `target` is ln(O/E), smoothed and clipped; `low` and `high`
    are Observed maps in [0, 1]. Maps and DNA of a few windows at a time are read by `batch`,
    `maps_of` and `codes`; rows may be in any order and repeat.
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
        regions = pd.Series(list(zip(self.chrom, self.start, strict=True)), dtype=object)
        self.genome = pd.factorize(regions)[0].astype("int64")
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
    def splits(self) -> list[str]:
        """Splits that have a window, in order of appearance."""
        return list(dict.fromkeys(self.split.tolist()))

    def rows(self, *splits: str, column: str = "split") -> np.ndarray:
        """Rows of some splits, ascending, int64; `column` is `split` or `split_random`."""
        return np.flatnonzero(np.isin(getattr(self, column), splits))

    def codes(self, rows: Iterable[int]) -> np.ndarray:
        """DNA of windows, uint8 (len(rows), window_bp): 0-3 = ACGT, 4 = N or other."""
        rows = np.asarray(rows, int)
        found = np.empty((len(rows), self.window_bp), "uint8")
        for region in np.unique(self.genome[rows]):
            wanted = np.flatnonzero(self.genome[rows] == region)
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
    """Writes a dataset window by window; the same content gives the same bytes.

    Parameters
    ----------
    path
        Output file; it appears when the `with` ends without an error.
    kind
        `sequence` or `image`.
    resolution, window_bins
        Bin size (bp) and bins of a window.
    codes
        DNA of each chromosome that has windows, uint8, from its first base.
    """

    def __init__(
        self, path: str | Path, *, kind: str, resolution: int, window_bins: int,
        codes: Mapping[str, np.ndarray],
    ) -> None:  # fmt: skip
        self.kind, self._codes = kind, dict(codes)
        self._attributes = {"kind": kind, "resolution": resolution, "window_bins": window_bins}
        self._rows: list[dict] = []
        self._output = atomic_path(path)

    def __enter__(self) -> "EnhancementWriter":
        self._file = h5py.File(self._output.__enter__(), "w")
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
            Values of map, chrom, start, end, split, split_random and input; missing text is ''.
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
        self._output.__exit__(kind, error, trace)


def check_rows(rows: np.ndarray, split: str, path: str) -> np.ndarray:
    """Return `rows`, or raise `UserError` where a split has no window."""
    if not len(rows):
        raise UserError(f"{path}: split {split!r} has no window; expected: at least one")
    return rows


def center_crop(maps: np.ndarray, bins: int) -> np.ndarray:
    """The central `bins` x `bins` of maps, shape=(..., B, B)."""
    first = (maps.shape[-1] - bins) // 2
    return maps[..., first : first + bins, first : first + bins]
