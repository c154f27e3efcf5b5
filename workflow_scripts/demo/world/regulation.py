"""Differences between cell types: factor activities, promoter states, enhancer activity."""

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from workflow_scripts.demo.world.domains import domain_at
from workflow_scripts.demo.world.motifs import PROMOTER_ROLES, Motif
from workflow_scripts.demo.world.randomness import stream

PROMOTER_STATES = ("active", "bivalent", "polycomb", "silent", "heterochromatin")
# probability of an active promoter by the domain's state, for an average promoter sequence
PROMOTER_ACTIVE = {"active": 0.85, "inactive": 0.14, "polycomb": 0.10, "heterochromatin": 0.03}
ISLAND_LOGIT = 3.5  # effect of a CpG island on this probability
BIVALENT = {0: 0.2, 1: 0.75}  # P(bivalent) in polycomb, without / with island
ENHANCER_LOGIT = {"active": 0.9, "inactive": -2.5, "polycomb": -2.5, "heterochromatin": -5.0}
PROMOTER_ACTIVITY_SD, ENHANCER_ACTIVITY_SD = 0.3, 0.7  # of log activity between cell types
ENHANCER_SWITCH = 0.15  # probability that a cell type redraws an enhancer's uniform number


def site_counts(sites: pd.DataFrame, owner: str, owners: pd.Series, names: list[str]) -> np.ndarray:
    """Number of sites by owner and motif, shape (owners, motifs), int."""
    counts = pd.crosstab(sites[owner], sites.motif)
    return counts.reindex(index=owners, columns=names, fill_value=0).to_numpy()


def factor_activity(motifs: dict[str, Motif], cells: list[str], seed: int) -> pd.DataFrame:
    """Activity of each factor: columns motif, matrix, role, weight, threshold, one per cell.

    Lognormal around 1; CTCF has activity 1 everywhere.
    """
    table = pd.DataFrame(
        [(m.name, m.matrix, m.role, m.weight, m.threshold) for m in motifs.values()],
        columns=["motif", "matrix", "role", "weight", "threshold"],
    )
    sd = table.role.map({"enhancer": ENHANCER_ACTIVITY_SD, "insulator": 0.0})
    sd = sd.fillna(PROMOTER_ACTIVITY_SD).to_numpy()
    for cell in cells:
        rng = stream(seed, "factor activity", cell)
        table[cell] = np.exp(sd * rng.standard_normal(len(table)))
    return table


def promoter_states(
    genes: pd.DataFrame,
    domains: pd.DataFrame,
    sites: pd.DataFrame,
    activity: pd.DataFrame,
    expression: dict,
    cells: list[str],
    seed: int,
) -> pd.DataFrame:
    """State of each promoter in each cell, one column per cell.

    A promoter is active if a uniform number, which cell types mostly share, is below expit(logit(p
    of the domain's state) + island and motif terms).
    """
    weights = activity[activity.role.isin(PROMOTER_ROLES)]
    potential = (
        site_counts(sites, "gene", genes.gene, list(weights.motif)) @ weights.weight.to_numpy()
    )
    sequence_logit = ISLAND_LOGIT * (genes.cpg_island.to_numpy() - 0.5)
    sequence_logit = sequence_logit + expression["site_logit"] * (potential - potential.mean())
    row = domain_at(domains, genes.chrom, genes.tss)
    base = stream(seed, "promoter luck").random((2, len(genes)))
    bivalent = base[1] < genes.cpg_island.map(BIVALENT).to_numpy()
    table = {}
    for cell in cells:
        luck = _luck(base[0], expression["promoter_switch"], stream(seed, "promoter luck", cell))
        state = domains[cell].to_numpy()[row]
        chance = expit(logit(pd.Series(state).map(PROMOTER_ACTIVE).to_numpy()) + sequence_logit)
        conditions = [luck < chance, (state == "polycomb") & bivalent, state == "polycomb",
                      state == "heterochromatin"]  # fmt: skip
        names = ["active", "bivalent", "polycomb", "heterochromatin"]
        table[cell] = np.select(conditions, names, "silent")
    return pd.DataFrame(table, index=genes.index)


def enhancer_activity(
    enhancers: pd.DataFrame,
    domains: pd.DataFrame,
    sites: pd.DataFrame,
    activity: pd.DataFrame,
    cells: list[str],
    seed: int,
) -> pd.DataFrame:
    """Activity of each enhancer in each cell, 0 if inactive, one column per cell.

    It is active if its uniform number is below expit(domain term + Σ weight · (activity − 1) ·
    sites).
    """
    weights = activity[activity.role == "enhancer"]
    counts = site_counts(sites, "enhancer", enhancers.enhancer, list(weights.motif))
    row = domain_at(domains, enhancers.chrom, enhancers.start)
    base = stream(seed, "enhancer luck")
    shared, size = base.random(len(enhancers)), base.lognormal(0, 0.4, len(enhancers))
    table = {}
    for cell in cells:
        rng = stream(seed, "enhancer luck", cell)
        luck = _luck(shared, ENHANCER_SWITCH, rng)
        drive = counts @ (weights.weight * (weights[cell] - 1)).to_numpy()
        state = pd.Series(domains[cell].to_numpy()[row])
        chance = expit(state.map(ENHANCER_LOGIT).to_numpy() + drive)
        table[cell] = np.where(luck < chance, size * rng.lognormal(0, 0.2, len(size)), 0.0)
    return pd.DataFrame(table, index=enhancers.index)


def _luck(base: np.ndarray, switch: float, rng: np.random.Generator) -> np.ndarray:
    """The shared uniform numbers, with a fraction redrawn for the cell type."""
    return np.where(rng.random(len(base)) < switch, rng.random(len(base)), base)
