"""Isochores and chromatin domains: active, inactive, polycomb or heterochromatin."""

import numpy as np
import pandas as pd

from workflow_scripts.demo.world.randomness import stream

STATES = ("active", "inactive", "polycomb", "heterochromatin")
# compartment score of each state, from closed to open
COMPARTMENT = {"active": 1.0, "inactive": -0.7, "polycomb": -0.4, "heterochromatin": -1.0}
# relative frequency of each state, before the effects of isochore and chromosome end
STATE_WEIGHT = np.array([0.45, 0.32, 0.18, 0.03])
# GC-rich isochores are active: log-odds per GC class step, classes counted from the mean
GC_SLOPE = np.array([0.55, -0.45, 0.1, -0.35])
STAY = 0.6  # factor on the weight of the left neighbor's state
END_LENGTH = 70_000  # bp over which the preference for heterochromatin at chromosome ends decreases
END_PULL = 30.0
# state of a domain in a cell type that differs from the base state
DEPARTURE = {
    "active": {"inactive": 0.6, "polycomb": 0.4},
    "inactive": {"active": 0.7, "polycomb": 0.3},
    "polycomb": {"active": 0.55, "inactive": 0.45},
    "heterochromatin": {},  # constitutive: the same in every cell type
}


def lognormal_tiles(
    length: int, mean: float, log_sd: float, least: int, rng: np.random.Generator
) -> np.ndarray:
    """Edges of consecutive tiles of lognormal lengths over [0, length), none shorter than `least`.

    Returns
    -------
    numpy.ndarray, shape (tiles + 1,), int
    """
    edges = [0]
    while length - edges[-1] > 0:
        draw = rng.lognormal(np.log(mean) - log_sd**2 / 2, log_sd)
        edges.append(edges[-1] + max(least, int(draw)))
    edges[-1] = length
    if len(edges) > 2 and edges[-1] - edges[-2] < least:
        del edges[-2]
    return np.array(edges)


def make_isochores(chromosomes: dict[str, int], genome: dict, seed: int) -> pd.DataFrame:
    """Regions of constant GC content: columns chrom, start, end, gc (before CpG depletion)."""
    tables = []
    for chrom, length in chromosomes.items():
        rng = stream(seed, "isochores", chrom)
        edges = lognormal_tiles(length, genome["isochore_length"], 0.5, 20_000, rng)
        gc = rng.choice(genome["gc"], size=len(edges) - 1)
        tables.append(
            pd.DataFrame({"chrom": chrom, "start": edges[:-1], "end": edges[1:], "gc": gc})
        )
    return pd.concat(tables, ignore_index=True)


def make_domains(
    chromosomes: dict[str, int], isochores: pd.DataFrame, domains: dict, cells: list[str], seed: int
) -> pd.DataFrame:
    """Chromatin domains and their state: columns domain, chrom, start, end, base, one per cell.

    The base states form a semi-Markov chain along the chromosome: lengths are lognormal, and a
    state's probability depends on the left neighbor, the isochore and the distance to a chromosome
    end.
    """
    tables = []
    for chrom, length in chromosomes.items():
        rng = stream(seed, "domains", chrom)
        edges = lognormal_tiles(
            length, domains["mean_length"], domains["log_sd"], domains["min_length"], rng
        )
        middles = (edges[:-1] + edges[1:]) / 2
        local = isochores[isochores.chrom == chrom]
        gc = local.gc.to_numpy()[np.searchsorted(local.end.to_numpy(), middles, side="right")]
        gc_class = (gc - isochores.gc.mean()) / max(isochores.gc.std(ddof=0), 1e-6)
        states: list[int] = []
        for middle, step in zip(middles, gc_class, strict=True):
            weight = STATE_WEIGHT * np.exp(GC_SLOPE * step)
            weight[3] *= 1 + END_PULL * np.exp(-min(middle, length - middle) / END_LENGTH)
            if states:
                weight[states[-1]] *= STAY
            states.append(int(rng.choice(4, p=weight / weight.sum())))
        base = [STATES[i] for i in states]
        tables.append(
            pd.DataFrame({"chrom": chrom, "start": edges[:-1], "end": edges[1:], "base": base})
        )
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "domain", [f"D{i:04d}" for i in range(1, len(table) + 1)])
    for cell in cells:
        table[cell] = cell_states(table.base, domains["change"], stream(seed, "domains of", cell))
    return table


def cell_states(base: pd.Series, change: float, rng: np.random.Generator) -> list[str]:
    """States of one cell type; a domain differs from its base with probability `change`."""
    states = []
    for state, depart, where in zip(base, *rng.random((2, len(base))), strict=True):
        targets = DEPARTURE[state]
        if depart < change and targets:
            edge = np.cumsum(list(targets.values()))
            state = list(targets)[min(int(np.searchsorted(edge, where)), len(targets) - 1)]
        states.append(state)
    return states


def domain_at(domains: pd.DataFrame, chrom: pd.Series, position: pd.Series) -> np.ndarray:
    """Row number in `domains` of each position; domains tile each chromosome without gaps."""
    rows = np.empty(len(position), dtype=int)
    for name, local in domains.groupby("chrom", sort=False):
        here = (chrom == name).to_numpy()
        order = np.searchsorted(local.end.to_numpy(), position.to_numpy()[here], side="right")
        rows[here] = local.index.to_numpy()[order]
    return rows
