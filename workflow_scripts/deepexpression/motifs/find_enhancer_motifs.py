"""Find motifs of a cell's enhancers with CisModule's Gibbs sampler."""

import gzip
import logging
import time

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.checkpoints import run_parts
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepexpression.data.promoters import encode
from workflow_scripts.deepexpression.motifs.cismodule import Chain, Priors, run_chain
from workflow_scripts.deepexpression.motifs.markov_background import (
    Sequences,
    draw_background,
    make_sequences,
)
from workflow_scripts.deepexpression.motifs.pwms import Motif, write_meme

log = logging.getLogger("chromaloom")
SITES = ["chrom", "start", "end", "motif", "strand", "probability"]
MIN_PROBABILITY = 0.1  # of a site in the output table
LOG_SECONDS = 5.0  # seconds between log lines of a chain


def main(
    sequences: str,
    *,
    settings: dict,
    control: bool,
    seed: int,
    pseudocount: float,
    checkpoints: str,
    meme: str,
    sites: str,
    history: str,
) -> None:
    """Run several chains from different starting points and write the result of the best one.

    The best chain has the largest mean log posterior after burn-in.

    Parameters
    ----------
    sequences
        FASTA (gzip) with headers `chrom:start-end`.
    settings
        Config section deepexpression.enhancer_motifs: n_motifs, motif_width, module_length,
        background_order, local_gc, both_strands, iterations, burn_in, fixed_prior_iterations,
        chains, shift_every, max_shift, letter_prior, site_prior, module_prior, min_sites.
    control
        Search sequences drawn from the background chain instead, which have no motifs.
    seed
        Seed of the chains and the control.
    pseudocount
        Uniform sites added to each motif.
    checkpoints
        Folder of finished chains, removed at the end.
    meme, sites, history
        Outputs: motifs m1, m2, ... ordered by their mean number of sites; their sites with
        posterior probability (0-based half-open bp); log posterior, modules and sites of each
        iteration of each chain, and which chain was used.

    Raises
    ------
    UserError
        No sequence is as long as a module.
    """
    names, parts = read_sequences(sequences)
    length = settings["module_length"]
    kept = [k for k, part in enumerate(parts) if len(part) >= length]
    log.info("%d of %d sequences have at least %d bp", len(kept), len(parts), length)
    if not kept:
        raise UserError(
            f"{sequences}: no sequence has {length} bp or more; expected: at least one; fix: lower"
            " deepexpression.enhancer_motifs.module_length"
        )
    names, parts = [names[k] for k in kept], [parts[k] for k in kept]
    if control:
        parts = draw_background(
            parts, settings["background_order"], np.random.default_rng([seed, 1])
        )
    data = make_sequences(parts, settings["background_order"], local_gc=settings["local_gc"])
    chains = run_parts(
        {f"chain{k}": lambda k=k: pack(one_chain(data, settings, seed, k))
         for k in range(settings["chains"])},
        folder=checkpoints,
        fingerprint=fingerprint(settings | {"seed": seed}, data.codes, data.bounds),
    )  # fmt: skip
    scores = [found["score"] for found in chains.values()]
    best = int(np.argmax(scores))
    log.info("log posterior of the chains: %s; chain %d is used",
             ", ".join(f"{score:.1f}" for score in scores), best)  # fmt: skip
    found = chains[f"chain{best}"]
    counts = np.array(found["counts"])
    order = np.argsort(-counts[:, 0].sum(axis=1), kind="stable")
    motifs = [Motif(f"m{rank}", counts[k, 0].sum(), counts[k])
              for rank, k in enumerate(order, start=1)]  # fmt: skip
    enough = [motif for motif in motifs if motif.sites >= settings["min_sites"]]
    log.info("%d of %d motifs have at least %d sites on average; the others are left out",
             len(enough), len(motifs), settings["min_sites"])  # fmt: skip
    write_meme(meme, enough, pseudocount)
    table = site_table(found, names, data, np.argsort(order), counts.shape[1])
    steps = [
        pd.DataFrame(one["history"], columns=["log_posterior", "modules", "sites"])
        .rename_axis("iteration").reset_index().assign(chain=k, used=int(k == best))
        for k, one in enumerate(chains.values())
    ]  # fmt: skip
    for path, frame in ((sites, table), (history, pd.concat(steps))):
        write_table(frame, path, float_format="%.6g")


def read_sequences(path: str) -> tuple[list[str], list[np.ndarray]]:
    """Names and codes of the sequences of a FASTA file with one line per sequence."""
    with gzip.open(path, "rt") as handle:
        lines = handle.read().split()
    return [name[1:] for name in lines[::2]], [encode(text) for text in lines[1::2]]


def one_chain(data: Sequences, settings: dict, seed: int, number: int) -> Chain:
    """Run a chain and log its progress every few seconds."""
    started = logged = time.monotonic()

    def report(step: int, log_posterior: float) -> None:
        nonlocal logged
        if (now := time.monotonic()) - logged >= LOG_SECONDS:
            logged = now
            left = (now - started) / (step + 1) * (settings["iterations"] - step - 1)
            log.info("chain %d: iteration %d of %d, log posterior %.1f, about %.0f s left", number,
                     step + 1, settings["iterations"], log_posterior, left)  # fmt: skip

    n_motifs = settings["n_motifs"]
    priors = Priors(
        letter=settings["letter_prior"],
        q=np.array([settings["site_prior"][0], *[settings["site_prior"][1]] * n_motifs]),
        r=tuple(settings["module_prior"]),
    )
    return run_chain(
        data,
        n_motifs=n_motifs,
        width=settings["motif_width"],
        module_length=settings["module_length"],
        both_strands=settings["both_strands"],
        priors=priors,
        iterations=settings["iterations"],
        burn_in=settings["burn_in"],
        fixed_prior_iterations=settings["fixed_prior_iterations"],
        shift_every=settings["shift_every"],
        max_shift=settings["max_shift"],
        seed=[seed, 0, number],
        report=report,
    )


def pack(chain: Chain) -> dict:
    """A chain in types that JSON can store: sites as position, motif, strand and probability."""
    place = np.argwhere(chain.probability >= MIN_PROBABILITY)
    return {
        "score": chain.score,
        "counts": chain.counts.tolist(),
        "history": chain.history.tolist(),
        "places": place.tolist(),
        "probability": chain.probability[tuple(place.T)].astype(float).tolist(),
    }


def site_table(
    found: dict, names: list[str], data: Sequences, rank: np.ndarray, width: int
) -> pd.DataFrame:
    """Sites in genome coordinates; `rank` is the output number of each motif, from 0."""
    rows = []
    for (place, motif, strand), probability in zip(
        found["places"], found["probability"], strict=True
    ):
        index = int(np.searchsorted(data.bounds, place, side="right")) - 1
        chrom, span = names[index].rsplit(":", 1)
        start = int(span.split("-")[0]) + place - int(data.bounds[index])
        rows.append((chrom, start, start + width, f"m{rank[motif] + 1}", "+-"[strand],
                     probability))  # fmt: skip
    return pd.DataFrame(rows, columns=SITES)


if __name__ == "__main__":
    run_script(main, snakemake)
