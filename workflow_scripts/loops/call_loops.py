"""Give each counted pair of bins its probability of being a loop, by Origami's model."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.contacts.pairs_files import write_table
from workflow_scripts.loops.convergence import diagnose
from workflow_scripts.loops.loop_tables import read_loops, write_loops
from workflow_scripts.loops.origami import TRACED, Chain, Problem, compile_sampler, run_chain

log = logging.getLogger("chromaloom")
# how a rate is made up of λ and d nothing but the thinning's limits tells, so that λ alone wanders:
# probabilities depend on the sums, the rates
UNSETTLED = ("lambda0", "lambda1")


def main(
    *, sample: str, counts: str, origami: dict, cutoff: float, seed: int, out: str, diagnostics: str
) -> None:
    """Write the calls, and how well the chains agree.

    Parameters
    ----------
    sample
        Name.
    counts
        Table of `count_loops`.
    origami
        Config section `loops.origami`.
    cutoff
        Probability of a loop, for the counts in the log and the agreement of chains.
    seed
        Of the chains.
    out
        Gzipped TSV of `chrom1 start1 end1 chrom2 start2 end2 count probability`.
    diagnostics
        TSV of `convergence.diagnose`; two more rows tell, of the pairs' probabilities, the greatest
        difference between two chains, and the share of pairs that not all chains call alike.

    Raises
    ------
    UserError
        All pairs of bins have one distance.
    """
    table = read_loops(counts)
    problem = make_problem(table, sample)
    log.info("%s: %d pairs of bins, %d kinds, %d distances", sample, len(table),
             len(problem.place), len(problem.distance))  # fmt: skip
    compile_sampler()
    chains = [
        run_chain(problem, origami, seed=seed, number=number, name=sample)
        for number in range(origami["chains"])
    ]
    probability = np.mean([chain.probability for chain in chains], axis=0)
    found = diagnose([chain.trace for chain in chains], TRACED)
    for row in found.to_dict("records"):
        log.info("%s: %s %.4g ± %.2g, R-hat %.4f, effective sample size %.0f", sample,
                 *(row[key] for key in ("parameter", "mean", "sd", "rhat", "ess")))  # fmt: skip
    known = found[~found.parameter.isin(UNSETTLED)]
    if (worst := known.rhat.max()) > origami["max_rhat"]:
        log.warning("%s: R-hat of %s is %.3f, above loops.origami.max_rhat %g: more iterations are"
                    " needed", sample, known.parameter[known.rhat.idxmax()], worst,
                    origami["max_rhat"])  # fmt: skip
    rows = [*found.to_dict("records"), *agreement(chains, cutoff)]
    write_table(rows, diagnostics)
    log.info("%s: %d of %d pairs of bins are loops at %g", sample, (probability >= cutoff).sum(),
             len(table), cutoff)  # fmt: skip
    write_loops(table.assign(probability=probability.round(6)), out)


def make_problem(table: pd.DataFrame, sample: str) -> Problem:
    """Number the bins and measure distances, between their starts."""
    chrom = table.chrom1.astype("category").cat.codes.to_numpy(dtype=np.int64)
    widest = int(table.start2.max()) + 1
    distance = (table.start2 - table.start1).to_numpy()
    if len(np.unique(distance)) < 2:
        raise UserError(
            f"sample {sample!r}: its {len(table)} pairs of bins are all {distance[0]} bp apart;"
            " allowed: two distances or more, which Origami's model needs"
        )
    return Problem.of(
        chrom * widest + table.start1.to_numpy(), chrom * widest + table.start2.to_numpy(),
        distance, table["count"].to_numpy(),
    )  # fmt: skip


def agreement(chains: list[Chain], cutoff: float) -> list[dict]:
    """Rows of diagnostics on the pairs' probabilities."""
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
    run_script(main, snakemake, out=snakemake.output.loops)
