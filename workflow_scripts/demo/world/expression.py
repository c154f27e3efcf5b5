"""Expression by a formula, and its distribution among isoforms.

log2 level = base + state + Σ weight · activity · sites + w · log2(1 + Σ loop strengths) + noise
"""

import numpy as np
import pandas as pd
from scipy.special import expit

from workflow_scripts.demo.world.motifs import PROMOTER_ROLES
from workflow_scripts.demo.world.randomness import stream
from workflow_scripts.demo.world.regulation import site_counts

# log2 units below an active promoter
STATE_TERM = {"active": 0.0, "bivalent": -3.0, "polycomb": -5.0, "silent": -4.5,
              "heterochromatin": -6.0}  # fmt: skip
FULL_LOGIT, FULL_SD, FULL_CELL_SD = 0.8, 1.0, 0.4  # of the full isoform's fraction
DIGITS = 6  # digits of each term, so that the terms of the written table sum to the level


def motif_term(
    genes: pd.DataFrame, sites: pd.DataFrame, activity: pd.DataFrame, scale: float, cell: str
) -> np.ndarray:
    """Sum over motif sites of scale · weight · activity, shape (genes,), log2 units."""
    rows = activity[activity.role.isin(PROMOTER_ROLES)]
    counts = site_counts(sites, "gene", genes.gene, list(rows.motif))
    return scale * counts @ (rows.weight * rows[cell]).to_numpy()


def enhancer_term(
    genes: pd.DataFrame, loops: pd.DataFrame, enhancers: pd.DataFrame, weight: float, cell: str
) -> np.ndarray:
    """Term weight · log2(1 + Σ strengths of the loops of active enhancers), shape (genes,)."""
    active = set(enhancers.enhancer[enhancers[cell] > 0])
    strength = loops[cell].where(loops.enhancer.isin(active), 0.0)
    total = strength.groupby(loops.gene).sum().reindex(genes.gene, fill_value=0.0)
    return weight * np.log2(1 + total.to_numpy())


def tpm(level: np.ndarray) -> np.ndarray:
    """Transcripts per million of genes of given log2 levels."""
    amount = np.exp2(level)
    return 1e6 * amount / amount.sum()


def express(
    genes: pd.DataFrame,
    sites: pd.DataFrame,
    activity: pd.DataFrame,
    loops: pd.DataFrame,
    enhancers: pd.DataFrame,
    settings: dict,
    cells: list[str],
    seed: int,
) -> pd.DataFrame:
    """Expression of every gene in every cell.

    Returns
    -------
    pandas.DataFrame
        Tidy: gene, cell, promoter_state, base, state_term, motif_term, enhancer_term, noise,
        log2_level (their sum), tpm.
    """
    tables = []
    for cell in cells:
        rng = stream(seed, "expression noise", cell)
        table = pd.DataFrame({"gene": genes.gene, "cell": cell, "promoter_state": genes[cell]})
        terms = {
            "base": np.full(len(genes), float(settings["base"])),
            "state_term": settings["state_scale"] * genes[cell].map(STATE_TERM),
            "motif_term": motif_term(genes, sites, activity, settings["motif_scale"], cell),
            "enhancer_term": enhancer_term(
                genes, loops, enhancers, settings["enhancer_weight"], cell
            ),
            "noise": settings["noise_sd"] * rng.standard_normal(len(genes)),
        }
        for name, values in terms.items():
            table[name] = np.round(values, DIGITS)
        table["log2_level"] = table[list(terms)].sum(axis=1).round(DIGITS)
        table["tpm"] = tpm(table.log2_level.to_numpy())
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def isoform_table(
    transcripts: pd.DataFrame, expression: pd.DataFrame, cells: list[str], seed: int
) -> pd.DataFrame:
    """Fraction of each isoform in its gene: tidy columns transcript, gene, cell, fraction, tpm."""
    genes = transcripts.gene.drop_duplicates()
    row = genes.reset_index(drop=True).reset_index().set_index("gene")["index"]
    index = row.loc[transcripts.gene].to_numpy()
    single = (transcripts.groupby("gene").transcript.transform("size") == 1).to_numpy()
    full = (transcripts.isoform == "full").to_numpy()
    shared = FULL_LOGIT + FULL_SD * stream(seed, "isoforms").standard_normal(len(genes))
    tables = []
    for cell in cells:
        own = stream(seed, "isoforms", cell).standard_normal(len(genes))
        share = expit(shared + FULL_CELL_SD * own)[index]
        fraction = np.where(single, 1.0, np.where(full, share, 1 - share))
        level = expression[expression.cell == cell].set_index("gene").tpm.loc[transcripts.gene]
        table = transcripts[["transcript", "gene"]].assign(cell=cell, fraction=fraction)
        tables.append(table.assign(tpm=fraction * level.to_numpy()))
    return pd.concat(tables, ignore_index=True)
