"""Enhance a contact map with the networks of a bundle: .mcool with the mean and its spread."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cooler
import numpy as np
import pysam

from workflow_scripts.chromaloom.genomics.contact_maps import write_map
from workflow_scripts.chromaloom.ml.bundles import Bundle, load_bundle
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.contacts.hic_files import open_hic, read_hic
from workflow_scripts.enhancement.apply.depth import contacts_per_bin
from workflow_scripts.enhancement.apply.enhance_map import (
    ENSEMBLE_COLUMNS,
    enhance_map,
    write_summary,
)
from workflow_scripts.enhancement.apply.inputs import (
    applied_settings,
    check_genome,
    low_resolution,
    map_facts,
)
from workflow_scripts.enhancement.apply.predict_map import Predict, TilingConfig
from workflow_scripts.enhancement.apply.window_dna import WindowDna, dna_of_map
from workflow_scripts.enhancement.data.windows import fasta_lengths
from workflow_scripts.enhancement.evaluation.inference import (
    load_network,
    predict_batches,
    predict_hybrid_maps,
)
from workflow_scripts.enhancement.models.hybrid import hybrid_parts

log = logging.getLogger("chromaloom")
DEEPER = 2.0  # ratio of depths from which on a warning is given


def load_predictor(path: str, hybrid: bool) -> Predict:
    """A function that predicts maps (n, b, b) from those of a window, and of hybrids its DNA."""
    network = load_network(path)
    if hybrid:
        parts = hybrid_parts(network)
        return lambda low, codes: predict_hybrid_maps(parts, low, codes)
    return lambda low: predict_batches(network, low[..., None], len(low))[..., 0]


def check_depth(bundle: Bundle, kind: str, factor: int) -> Callable[[cooler.Cooler, str], None]:
    """A function that compares the depth of a map, and how it is balanced, with the bundle's."""
    wanted = bundle.inputs["contacts_per_bin"][kind]

    def inspect(clr: cooler.Cooler, balanced: str) -> None:
        found = contacts_per_bin(clr, bundle.inputs["window_bins"] // factor)
        ratio = found / wanted if wanted else np.nan
        tell = log.info if 1 / DEEPER <= ratio <= DEEPER else log.warning
        tell(
            "contacts per bin within a window: %.4g, in the training data of the bundle %.4g"
            " (ratio %.3g)%s", found, wanted, ratio,
            "" if tell == log.info else "; the model was not tested on maps of this depth",
        )  # fmt: skip

    return inspect


def import_hic(path: str, bins: Sequence[int], balance: dict, folder: str) -> str:
    """Copy the counts of a .hic to an .mcool, at the first of some bin sizes (bp) that it has.

    Returns
    -------
    str
        The .mcool in `folder`; one of the same file that is there is kept.

    Raises
    ------
    UserError
        There is no library to read it, or it has no such resolution, nor a divisor of it.
    """
    source, about = open_hic(path), Path(path).stat()
    out = Path(folder) / f"{Path(path).stem}.{about.st_size}.{about.st_mtime_ns}.mcool"
    if out.is_file():
        return str(out)
    there = [size for size in bins if any(size % own == 0 for own in source.resolutions)]
    size = there[0] if there else bins[0]
    found = read_hic(path, source.sizes, size)
    write_map(
        found.pixels(), out, sizes=source.sizes, resolution=found.resolution, dtype=np.float64,
        assembly="unknown", name=Path(path).name, resolutions=[size], balance=balance, threads=1,
    )  # fmt: skip
    return str(out)


def genome_dna(
    fasta: str, lengths: Mapping[str, int], place: str, **tiling: int
) -> Callable[[str, bool], WindowDna]:
    """DNA of the chromosomes of a map (name and length in bp), for `enhance_map`."""
    names = check_genome(lengths, fasta_lengths(fasta), place, fasta)
    return dna_of_map(pysam.FastaFile(fasta), names, **tiling)


def main(
    contacts: str,
    fasta: str | Sequence[str] = (),
    *,
    bundle: str,
    where: str,
    name: str,
    group: str,
    kind: str,
    notes: Sequence[str],
    settings: dict,
    mcool: str,
    summary: str,
    checkpoints: str,
    threads: int,
    gpu: int,
    seed: int,
) -> None:
    """Enhance all chromosomes that hold a window.

    Parameters
    ----------
    contacts, fasta
        .cool, .mcool or .hic; genome with its index for hybrids, else none.
    bundle, where
        Folder of the bundle; config file and key of the entry, for messages.
    name, group, kind, notes
        As `inputs.MapPlan`.
    settings
        Config section `enhancement.enhance`.
    mcool, summary
        Outputs: mean over the networks (count) and its spread (sd) by pixel; a row per chromosome
        (`enhance_map`).
    checkpoints
        Folder for finished chromosomes.
    threads, gpu, seed
        As `prepare_device`.

    Raises
    ------
    UserError
        As `enhance_map`; a hybrid on a map of another genome.
    """
    device, model = prepare_device(gpu=gpu, threads=threads, seed=seed), load_bundle(bundle, where)
    inputs, place = model.inputs, f"{where}: {contacts}"
    for note in notes:
        log.warning("%s: %s", where, note)
    path = contacts
    if contacts.endswith(".hic"):
        bins = list(inputs["low_resolution"]["bins"].values())
        # resuming needs the copy's date
        path = import_hic(contacts, bins, inputs["balance"], checkpoints)
    facts = map_facts(f"{path}::{group}" if group else path)
    kind = kind or low_resolution(model, facts.bins, place)
    tiling = TilingConfig(
        **applied_settings(model, kind), overlap=settings["overlap"],
        max_masked=settings["max_masked"], batch_size=settings["batch_size"],
    )  # fmt: skip
    lengths = inputs["chromosomes"]
    dna = None
    if fasta:
        dna = genome_dna(
            str(fasta), facts.lengths, place, resolution=inputs["resolution"],
            factor=tiling.factor, window=tiling.window,
        )  # fmt: skip
    networks = {file: load_predictor(file, "dna" in inputs) for file in model.weights}
    rows = enhance_map(
        path, networks, tiling, name=name, model=model.facts["model"],
        resolution=inputs["resolution"], settings=settings, balance=inputs["balance"],
        # a chromosome of another length is another one
        circular=[c for c in inputs["circular"] if facts.lengths.get(c) == lengths.get(c)],
        group=group, mcool=mcool, checkpoints=checkpoints, ensemble=True, dna=dna,
        inspect=check_depth(model, kind, tiling.factor),
    )  # fmt: skip
    for row in rows:
        row["networks"] = len(networks)
    write_summary(
        summary, rows, ["networks", *ENSEMBLE_COLUMNS], device=device, model=model.facts["model"],
        map=name,
    )  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake)
