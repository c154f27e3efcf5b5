"""Reader of Juicer's .hic maps through hictkpy or hicstraw, where one of them is installed.

Neither is part of the workflow's environments: .cool, which hictk and hic2cool write, needs no
further package.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np

from workflow_scripts.chromaloom.genomics.cooler_files import first_bins
from workflow_scripts.chromaloom.genomics.genome import match_chromosomes
from workflow_scripts.chromaloom.genomics.map_formats import check_map_format
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts.map_files import ReadyMap, report_absent, sorted_pixels
from workflow_scripts.contacts.map_values import ValueSurvey

Pixels = tuple[np.ndarray, np.ndarray, np.ndarray]
WHOLE_GENOME = ("ALL", "All", "all")  # Juicer's map of all chromosomes in one


@dataclass(frozen=True)
class HicSource:
    """A .hic file behind one of the two libraries.

    Attributes
    ----------
    sizes
        Chromosome lengths (bp), in the file's order.
    resolutions
        Bin sizes (bp).
    fetch
        Function of resolution and two chromosomes, in the file's order: bins of the first and of
        the second chromosome, and counts without normalization.
    """

    sizes: dict[str, int]
    resolutions: list[int]
    fetch: Callable[[int, str, str], Pixels]


def read_hic(path: str, sizes: Mapping[str, int], finest: int, *, base: bool = False) -> ReadyMap:
    """Read raw counts of a .hic, at its coarsest resolution that divides `finest` (bp), or with
    `base` at its finest.

    Raises
    ------
    UserError
        No library to read it, a damaged file, no such resolution, chromosomes of other names or
        lengths, or values that are no counts.
    """
    source = open_hic(path)
    fitting = [resolution for resolution in source.resolutions if finest % resolution == 0]
    if not fitting:
        there = ", ".join(map(str, sorted(source.resolutions))) or "none"
        raise UserError(
            f"{path}: resolutions {there} bp; expected: contacts.resolutions' first, {finest}, or a"
            " divisor of it"
        )
    resolution = min(fitting) if base else max(fitting)
    names = match_chromosomes(source.sizes, sizes, path)
    for name, target in names.items():
        if source.sizes[name] != sizes[target]:
            raise UserError(
                f"{path}: {name} has {source.sizes[name]} bp, in the genome {sizes[target]} bp; the"
                " map is of another assembly"
            )
    report_absent(path, names.values(), sizes)
    first = first_bins(sizes, resolution)

    def placed() -> Iterator[Pixels]:
        for one, two in combinations_with_replacement(names, 2):
            try:
                row, column, count = source.fetch(resolution, one, two)
            except (RuntimeError, OSError, ValueError) as error:
                raise UserError(damaged(path, error)) from None
            yield row + first[names[one]], column + first[names[two]], count

    values = ValueSurvey(path, sizes, resolution)
    for part in placed():
        values.add(*part)
    return ReadyMap(resolution, values, lambda: (sorted_pixels(*part) for part in placed()))


def open_hic(path: str) -> HicSource:
    """Open a .hic with the library that is installed.

    Raises
    ------
    UserError
        Neither library, or not a .hic.
    """
    check_map_format(path, "hic")
    for name, make in (("hictkpy", _by_hictkpy), ("hicstraw", _by_hicstraw)):
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        try:
            return make(library, path)
        except (RuntimeError, OSError, ValueError) as error:
            raise UserError(damaged(path, error)) from None
    target = Path(path).with_suffix(".mcool").name
    raise UserError(
        f"{path}: reading .hic needs the Python package hictkpy or hicstraw; expected: one of them"
        f" in this environment; fix: pip install hictkpy, or convert it (hictk convert"
        f" {Path(path).name} {target}, or hic2cool convert) and give it kind mcool"
    )


def damaged(path: str, error: Exception) -> str:
    """Message for a .hic that the library cannot read."""
    text = " ".join(str(error).split())[:120]
    return f"{path}: damaged .hic file ({text}); fix: copy or download it again"


def _by_hictkpy(library: Any, path: str) -> HicSource:
    resolutions = [int(size) for size in library.MultiResFile(path).resolutions()]
    sizes = library.File(path, resolutions[0]).chromosomes() if resolutions else {}
    files: dict[int, Any] = {}

    def fetch(resolution: int, one: str, two: str) -> Pixels:
        if resolution not in files:
            files[resolution] = library.File(path, resolution)
        # as BED, since names of chromosomes may contain colons
        places = (f"{name}\t0\t{sizes[name]}" for name in (one, two))
        found = files[resolution].fetch(*places, count_type=float, query_type="BED").to_coo()
        return found.row.astype(np.int64), found.col.astype(np.int64), found.data.astype(float)

    return HicSource(dict(sizes), resolutions, fetch)


def _by_hicstraw(library: Any, path: str) -> HicSource:
    handle = library.HiCFile(path)
    chromosomes = sorted(handle.getChromosomes(), key=lambda chrom: chrom.index)
    sizes = {c.name: int(c.length) for c in chromosomes if c.name not in WHOLE_GENOME}

    def fetch(resolution: int, one: str, two: str) -> Pixels:
        rows = library.straw("observed", "NONE", path, one, two, "BP", resolution)
        places = np.array([(row.binX, row.binY) for row in rows], dtype=np.int64).reshape(-1, 2)
        count = np.array([row.counts for row in rows], dtype=float)
        return places[:, 0] // resolution, places[:, 1] // resolution, count

    return HicSource(sizes, [int(size) for size in handle.getResolutions()], fetch)
