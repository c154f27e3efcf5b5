"""Motifs of a cell's enhancers, by CisModule's Gibbs sampler."""

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
LEAST_PROBABILITY = 0.1  # of a site that the table tells
TOLD_EVERY = 5.0  # seconds between two lines of progress in a chain


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
    """Run several chains from different starts and write what the best one found.

    The best is the one with the largest mean log posterior after the burn-in.

    Parameters
    ----------
    sequences
        FASTA, gzip, headers `chrom:start-end`.
    settings
        The config's section deepexpression.enhancer_motifs: motifs, motif_width, module_length,
        order, local_gc, both_strands, iterations, burn_in, held, restarts, shift_every, reach,
        letter_prior, site_prior, module_prior, least_sites.
    control
        Look in sequences drawn from the background chain instead, which hold no motif.
    seed
        Of the chains and the control.
    pseudocount
        Sites of equal letters added to each motif.
    checkpoints
        Folder that keeps finished chains until all are done.
    meme, sites, history
        Outputs: motifs m1, m2, ... in order of their mean number of sites; their sites with
        posterior probability (0-based half-open bp); log posterior, modules and sites of each
        iteration of each chain, and which chain was taken.

    Raises
    ------
    UserError
        No sequence as long as a module.
    """
    names, parts = read_sequences(sequences)
    length = settings["module_length"]
    kept = [k for k, part in enumerate(parts) if len(part) >= length]
    log.info("%d of %d sequences have %d bp or more", len(kept), len(parts), length)
    if not kept:
        raise UserError(
            f"{sequences}: no sequence of {length} bp or more; allowed: a smaller"
            " deepexpression.enhancer_motifs.module_length"
        )
    names, parts = [names[k] for k in kept], [parts[k] for k in kept]
    if control:
        parts = draw_background(parts, settings["order"], np.random.default_rng([seed, 1]))
    data = make_sequences(parts, settings["order"], local_gc=settings["local_gc"])
    chains = run_parts(
        {f"chain{k}": lambda k=k: pack(one_chain(data, settings, seed, k))
         for k in range(settings["restarts"])},
        folder=checkpoints,
        fingerprint=fingerprint(settings | {"seed": seed}, data.codes, data.bounds),
    )  # fmt: skip
    scores = [found["score"] for found in chains.values()]
    best = int(np.argmax(scores))
    log.info("log posterior of the chains: %s; chain %d is taken",
             ", ".join(f"{score:.1f}" for score in scores), best)  # fmt: skip
    found = chains[f"chain{best}"]
    counts = np.array(found["counts"])
    order = np.argsort(-counts[:, 0].sum(axis=1), kind="stable")
    motifs = [Motif(f"m{rank}", counts[k, 0].sum(), counts[k])
              for rank, k in enumerate(order, start=1)]  # fmt: skip
    enough = [motif for motif in motifs if motif.sites >= settings["least_sites"]]
    log.info("%d of %d motifs have %d sites or more on average; the others are left out",
             len(enough), len(motifs), settings["least_sites"])  # fmt: skip
    write_meme(meme, enough, pseudocount)
    table = site_table(found, names, data, np.argsort(order), counts.shape[1])
    steps = [
        pd.DataFrame(one["history"], columns=["log_posterior", "modules", "sites"])
        .rename_axis("iteration").reset_index().assign(chain=k, taken=int(k == best))
        for k, one in enumerate(chains.values())
    ]  # fmt: skip
    for path, frame in ((sites, table), (history, pd.concat(steps))):
        write_table(frame, path, float_format="%.6g")


def read_sequences(path: str) -> tuple[list[str], list[np.ndarray]]:
    """Names and codes of a FASTA with a line per sequence."""
    with gzip.open(path, "rt") as handle:
        lines = handle.read().split()
    return [name[1:] for name in lines[::2]], [encode(text) for text in lines[1::2]]


def one_chain(data: Sequences, settings: dict, seed: int, number: int) -> Chain:
    """Run a chain, with a line every few seconds."""
    started = told = time.monotonic()

    def tell(step: int, log_posterior: float) -> None:
        nonlocal told
        if (now := time.monotonic()) - told >= TOLD_EVERY:
            told = now
            left = (now - started) / (step + 1) * (settings["iterations"] - step - 1)
            log.info("chain %d: iteration %d of %d, log posterior %.1f, about %.0f s left", number,
                     step + 1, settings["iterations"], log_posterior, left)  # fmt: skip

    motifs = settings["motifs"]
    priors = Priors(
        letter=settings["letter_prior"],
        q=np.array([settings["site_prior"][0], *[settings["site_prior"][1]] * motifs]),
        r=tuple(settings["module_prior"]),
    )
    return run_chain(
        data,
        motifs=motifs,
        width=settings["motif_width"],
        length=settings["module_length"],
        both=settings["both_strands"],
        priors=priors,
        iterations=settings["iterations"],
        burn_in=settings["burn_in"],
        held=settings["held"],
        shift_every=settings["shift_every"],
        reach=settings["reach"],
        seed=[seed, 0, number],
        tell=tell,
    )


def pack(chain: Chain) -> dict:
    """A chain as JSON can hold it: sites as place, motif, strand and probability."""
    place = np.argwhere(chain.probability >= LEAST_PROBABILITY)
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
    """Sites in the genome's coordinates; `rank` is the place of each motif in the output."""
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
