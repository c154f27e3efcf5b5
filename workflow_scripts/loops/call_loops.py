"""Compute the loop probability of each counted pair of bins with Origami's model."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.contacts.pairs_files import write_table
from workflow_scripts.loops.convergence import diagnose
from workflow_scripts.loops.loop_tables import read_loops, write_loops
from workflow_scripts.loops.origami import TRACED, Chain, PairData, compile_sampler, run_chain

log = logging.getLogger("chromaloom")
# λ and d are separated only by the limits of the binomial draw, so that λ mixes slowly;
# probabilities depend on their sum
SLOW_MIXING = ("lambda0", "lambda1")


def main(
    *,
    sample: str,
    counts: str,
    origami: dict,
    cutoff: float,
    seed: int,
    loops: str,
    diagnostics: str,
) -> None:
    """Write the loop probabilities and the agreement of the chains.

    Parameters
    ----------
    sample
        Name of the sample.
    counts
        Table of `count_loops`.
    origami
        Config section `loops.origami`.
    cutoff
        Loop probability for the counts in the log and the agreement of chains.
    seed
        Seed of the chains.
    loops
        Gzipped TSV of `chrom1 start1 end1 chrom2 start2 end2 count probability`.
    diagnostics
        TSV of `convergence.diagnose`, with two more rows: the largest difference of a pair's
        probability between chains, and the fraction of pairs that the chains call differently.

    Raises
    ------
    UserError
        All pairs of bins have the same distance.
    """
    table = read_loops(counts)
    data = summarize_pairs(table, sample)
    log.info("%s: %d pairs of bins in %d classes, %d distances", sample, len(table),
             len(data.classes.size), len(data.distance))  # fmt: skip
    compile_sampler()
    chains = [
        run_chain(data, origami, seed=seed, number=number, name=sample)
        for number in range(origami["chains"])
    ]
    probability = np.mean([chain.probability for chain in chains], axis=0)
    found = diagnose([chain.trace for chain in chains], TRACED)
    for row in found.to_dict("records"):
        log.info("%s: %s %.4g ± %.2g, R-hat %.4f, effective sample size %.0f", sample,
                 *(row[key] for key in ("parameter", "mean", "sd", "rhat", "ess")))  # fmt: skip
    known = found[~found.parameter.isin(SLOW_MIXING)]
    if (worst := known.rhat.max()) > origami["max_rhat"]:
        log.warning("%s: R-hat of %s is %.3f, above loops.origami.max_rhat (%g); fix: raise"
                    " loops.origami.iterations", sample,
                    known.parameter[known.rhat.idxmax()], worst,
                    origami["max_rhat"])  # fmt: skip
    rows = [*found.to_dict("records"), *agreement(chains, cutoff)]
    write_table(rows, diagnostics)
    log.info("%s: %d of %d pairs of bins are loops at %g", sample, (probability >= cutoff).sum(),
             len(table), cutoff)  # fmt: skip
    write_loops(table.assign(probability=probability.round(6)), loops)


def summarize_pairs(table: pd.DataFrame, sample: str) -> PairData:
    """Number the bins, compute distances between their starts, and summarize the pairs."""
    chrom = table.chrom1.astype("category").cat.codes.to_numpy(dtype=np.int64)
    widest = int(table.start2.max()) + 1
    distance = (table.start2 - table.start1).to_numpy()
    if len(np.unique(distance)) < 2:
        raise UserError(
            f"sample {sample!r}: its {len(table)} pairs of bins all have distance {distance[0]} bp;"
            " expected: at least two distances, which Origami's model needs; fix: use deeper"
            " data or smaller bins"
        )
    return PairData.of(
        chrom * widest + table.start1.to_numpy(), chrom * widest + table.start2.to_numpy(),
        distance, table["count"].to_numpy(),
    )  # fmt: skip


def agreement(chains: list[Chain], cutoff: float) -> list[dict]:
    """Rows of diagnostics: agreement of the pairs' probabilities."""
    each = np.stack([chain.probability for chain in chains])
    called = each >= cutoff
    common = {"chains": len(chains), "draws": len(chains[0].trace)}
    return [
        {"parameter": "probability_difference", "mean": np.ptp(each, axis=0).max(), **common},
        {
            "parameter": "called_differently",
            "mean": (called.any(axis=0) != called.all(axis=0)).mean(), **common,
        },
    ]  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake)
