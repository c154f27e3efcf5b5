"""Loops between enhancers and promoters, and between convergent CTCF sites of a domain."""

import numpy as np
import pandas as pd

from workflow_scripts.demo.world.genes import stranded_window
from workflow_scripts.demo.world.randomness import stream

REACH = 150_000  # maximum bp between enhancer and TSS, unless they share a domain
NEAR = 2_000  # minimum bp between enhancer and TSS
FALL = 40_000  # bp over which the probability of a loop falls by a factor of e
SAME_DOMAIN = 5.0  # factor on the probability of a loop within a domain
MORE_LOOPS = 1.2  # mean number of additional loops of an enhancer
MAX_LOOPS = 3
IDLE = 0.1  # relative strength of a loop with an inactive enhancer
ANCHOR = (-250, 250)  # promoter anchor, bp from the TSS
COLUMNS = ["kind", "chrom", "start1", "end1", "start2", "end2", "enhancer", "gene", "domain",
           "distance", "strength"]  # fmt: skip


def make_loops(
    enhancers: pd.DataFrame, genes: pd.DataFrame, insulators: pd.DataFrame, seed: int
) -> pd.DataFrame:
    """All loops of the genome, named in column `loop`; other columns as in `enhancer_loops`."""
    tables = [enhancer_loops(enhancers, genes, seed), insulator_loops(insulators, seed)]
    filled = [table for table in tables if len(table)]
    loops = pd.concat(filled or tables[1:], ignore_index=True)  # an empty table has no dtypes
    loops.insert(0, "loop", [f"L{i:05d}" for i in range(1, len(loops) + 1)])
    return loops


def enhancer_loops(enhancers: pd.DataFrame, genes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Loops from each enhancer to one to three promoters, with their base strength.

    Returns
    -------
    pandas.DataFrame
        Columns kind, chrom, start1, end1, start2, end2 (anchors in genome order), enhancer, gene,
        domain (empty), distance (bp from the enhancer's middle to the TSS), strength.
    """
    rng = stream(seed, "enhancer loops")
    anchor_start, anchor_end = stranded_window(genes, *ANCHOR)
    rows = []
    for enhancer in enhancers.itertuples():
        middle = (enhancer.start + enhancer.end) // 2
        distance = (genes.tss - middle).abs().to_numpy()
        same = (genes.domain == enhancer.domain).to_numpy()
        near = (genes.chrom == enhancer.chrom).to_numpy() & (same | (distance <= REACH))
        allowed = np.flatnonzero(near & (distance >= NEAR))
        number = min(1 + rng.poisson(MORE_LOOPS), MAX_LOOPS, len(allowed))
        if number == 0:
            continue
        # + 1e-6 allows distant genes of a long domain if there are no near ones
        weight = (np.exp(-distance[allowed] / FALL) + 1e-6) * np.where(
            same[allowed], SAME_DOMAIN, 1
        )
        chosen = rng.choice(allowed, number, replace=False, p=weight / weight.sum())
        for i in np.sort(chosen):
            anchors = sorted([(enhancer.start, enhancer.end), (anchor_start[i], anchor_end[i])])
            rows.append(("enhancer_promoter", enhancer.chrom, *anchors[0], *anchors[1],
                         enhancer.enhancer, genes.gene[i], "", distance[i],
                         rng.gamma(2.0, 0.75)))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def insulator_loops(insulators: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Loops between the convergent CTCF sites of the domains that have both; columns as above."""
    rng = stream(seed, "insulator loops")
    left = insulators[insulators.side == "left"]
    pairs = left.merge(insulators[insulators.side == "right"], on="domain", suffixes=("1", "2"))
    return pd.DataFrame(
        {
            "kind": "insulator",
            "chrom": pairs.chrom1,
            **{name: pairs[name] for name in ("start1", "end1", "start2", "end2")},
            "enhancer": "",
            "gene": "",
            "domain": pairs.domain,
            "distance": pairs.start2 - pairs.start1,
            "strength": rng.gamma(4.0, 0.6, len(pairs)),
        },
        columns=COLUMNS,
    )


def loop_strengths(loops: pd.DataFrame, enhancers: pd.DataFrame, cells: list[str], seed: int):
    """Strength of each loop in each cell, one column per cell.

    The strength of an enhancer's loop is its base strength times the enhancer's activity, or times
    `IDLE` if the activity is 0; an insulator's loop is nearly constant.
    """
    table = {}
    for cell in cells:
        noise = stream(seed, "loop strength", cell).lognormal(0, 0.2, len(loops))
        active = loops.enhancer.map(dict(zip(enhancers.enhancer, enhancers[cell], strict=True)))
        factor = active.where(active > 0, IDLE).where(loops.kind == "enhancer_promoter", 1.0)
        table[cell] = loops.strength * factor * noise
    return pd.DataFrame(table, index=loops.index)


def insulator_occupancy(insulators: pd.DataFrame, cells: list[str], seed: int) -> pd.DataFrame:
    """Occupancy of each CTCF site, 0.5 to 1, one column per cell."""
    shared = stream(seed, "occupancy").random(len(insulators))
    table = {}
    for cell in cells:
        own = stream(seed, "occupancy", cell).random(len(insulators))
        table[cell] = 0.5 + 0.5 * (0.8 * shared + 0.2 * own)
    return pd.DataFrame(table, index=insulators.index)
