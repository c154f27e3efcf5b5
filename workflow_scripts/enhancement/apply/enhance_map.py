"""Enhance a map of the user's own with a trained model: .cool and .mcool of higher resolution."""

import functools
import logging
import time
from pathlib import Path

import cooler
import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contact_maps import balance_map
from workflow_scripts.chromaloom.genomics.contacts import open_map
from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.apply.band_checkpoints import KeptBands
from workflow_scripts.enhancement.apply.enhanced_files import write_enhanced
from workflow_scripts.enhancement.apply.predict_map import (
    Predict,
    Way,
    enhance_chromosome,
    scale_shift,
)
from workflow_scripts.enhancement.apply.stitch import conserve_totals
from workflow_scripts.enhancement.evaluation.agreement import agreement, left_out

log = logging.getLogger("chromaloom")
COLUMNS = [
    "chrom", "bins", "masked", "windows", "passed_over", "pixels_beyond", "share_beyond",
    "pixels_model", "r_model", "r_oe_model", "pixels", "r", "r_oe",
]  # fmt: skip


def load_predictor(path: str, window: int) -> tuple[Predict, int]:
    """Load a model of maps.

    Parameters
    ----------
    path
        .keras file.
    window
        Bins of the config's windows.

    Returns
    -------
    tuple
        What predicts (n, b, b) from (n, B, B), and b.

    Raises
    ------
    UserError
        No such file or no Keras model; one whose input is not a map of these windows.
    """
    try:
        network = keras.models.load_model(path, compile=False)
    except (OSError, ValueError) as error:
        text = str(error).split("\n")[0]
        raise UserError(f"enhancement.enhance.model: {path}: no Keras model ({text})") from None
    shapes = [tuple(tensor.shape[1:]) for tensor in network.inputs]
    if shapes != [(window, window, 1)]:
        raise UserError(
            f"enhancement.enhance.model: {path}: takes {' and '.join(map(str, shapes))};"
            f" allowed: ({window}, {window}, 1), a map of enhancement.window_bins"
        )

    def predict(low: np.ndarray) -> np.ndarray:
        return np.asarray(network.predict_on_batch(low[..., None]))[..., 0]

    return predict, int(network.outputs[0].shape[1])


def balanced_map(path: str, resolution: int, folder: str, balance: dict) -> cooler.Cooler:
    """Open a map; one without weights is copied and balanced."""
    clr = open_map(path, resolution)
    if "weight" in clr.bins().columns:
        return clr
    copy = f"{folder}/balanced.cool"
    cooler.fileops.cp(clr.uri, copy)
    log.info("%s: not balanced: done now, by contacts.balance", path)
    balance_map(copy, path, balance)
    return cooler.Cooler(copy)


def mark(contacts: str, network: str, *settings) -> str:
    """Fingerprint of a map (its name, size and date), a network (its bytes) and settings."""
    about = Path(contacts).stat()
    found = {"map": contacts, "size": about.st_size, "date": about.st_mtime_ns, "how": settings}
    return fingerprint(found, np.frombuffer(Path(network).read_bytes(), "uint8"))


def main(
    contacts: str,
    network: str,
    dataset: str | None,
    *,
    name: str,
    model: str,
    resolution: int,
    window: int,
    factor: int,
    coarsegrain: dict,
    balance: dict,
    settings: dict,
    circular: list[str],
    cool: str,
    mcool: str,
    summary: str,
    checkpoints: str,
    threads: int,
    gpu: int,
    seed: int,
    lowest: float = 0.0,
) -> None:
    """Enhance all chromosomes that hold a window.

    Parameters
    ----------
    contacts, network, dataset
        .cool or .mcool; .keras; image.h5 of the run that trained the model, or None.
    name, model
        Of the map and the model, for messages.
    resolution, window, factor
        Bin size (bp) and bins of the model's windows; bins of the output in one of the input.
    coarsegrain, balance, settings
        Config sections `enhancement.coarsegrain`, `contacts.balance` and `enhancement.enhance`.
    circular
        Circles of the run's own genome, where `settings` names none; a map need not have them.
    checkpoints
        Folder for chromosomes that are done.
    cool, mcool, summary
        Outputs: maps, and a row per chromosome (TSV): bins, masked bins, windows, what was left
        out, and how well the output, binned to the input's bins, agrees with it.
    threads, gpu, seed
        Granted threads and GPUs; seed of the device.
    lowest
        As in the run that trained the model (`observed_map`).

    Raises
    ------
    UserError
        The map lacks the resolution or a circular chromosome, or no window can be predicted.
    """
    device, started = prepare_device(gpu=gpu, threads=threads, seed=seed), time.monotonic()
    predict, inner = load_predictor(network, window)
    way = Way(
        window=window, inner=inner, factor=factor, overlap=settings["overlap"],
        coarsegrain=coarsegrain, max_masked=settings["max_masked"], batch=settings["batch_size"],
        shift=scale_shift(dataset, factor), lowest=lowest,
    )  # fmt: skip
    rows: list[dict] = []
    with scratch_folder(mcool) as folder:
        clr = balanced_map(contacts, resolution * factor, folder, balance)
        for chrom in settings["circular"]:
            if chrom not in clr.chromnames:
                raise UserError(
                    f"enhancement.enhance.circular: {contacts} has no chromosome {chrom!r};"
                    f" allowed: {', '.join(clr.chromnames)}"
                )

        circles = settings["circular"] or [c for c in circular if c in clr.chromnames]
        kept = KeptBands(checkpoints, mark(contacts, network, vars(way), circles, balance))

        def chromosomes():
            for number, chrom in enumerate(clr.chromnames, start=1):
                around = chrom in circles
                band, given, facts = kept.of(
                    number,
                    functools.partial(
                        enhance_chromosome, clr, chrom, predict, way, circular=around
                    ),
                )
                row = {"chrom": chrom, **facts}
                reach = 0 if band is None else way.reach // factor
                row |= left_out(clr, chrom, reach, circular=around)
                if band is not None:
                    row |= agreement(band, given, factor, circular=around, suffix="_model")
                    if settings["conserve"] and factor > 1:
                        band = conserve_totals(band, given, factor, circular=around)
                    row |= agreement(band, given, factor, circular=around)
                rows.append(row)
                log.info(
                    "%s, %s (%d of %d): %d windows, %d passed over, agreement %.3f, %.1f s so far",
                    name, chrom, number, len(clr.chromnames), row["windows"], row["passed_over"],
                    row.get("r", np.nan), time.monotonic() - started,
                )  # fmt: skip
                yield chrom, band
            if not any(row["windows"] for row in rows):
                raise UserError(
                    f"{contacts}: no window of {window} bins of {resolution} bp has few enough"
                    " masked bins and a contact; allowed: larger chromosomes, a denser map, or a"
                    f" larger enhancement.enhance.max_masked ({settings['max_masked']:g})"
                )

        write_enhanced(
            chromosomes(), sizes=clr.chromsizes,
            resolution=resolution, circular=circles, assembly=clr.info.get("genome-assembly"),
            metadata={
                "made by": "Chromaloom, enhancement", "input": Path(contacts).name, "model": model,
                "input resolution": resolution * factor, "windows of bins": window,
                "pixels add up to the input": bool(settings["conserve"] and factor > 1),
                "unit": "balanced contacts of the input, shared by the pixels",
            },
            cool=cool, mcool=mcool,
        )  # fmt: skip
    kept.remove()
    with atomic_path(summary) as temporary:
        table = pd.DataFrame(rows, columns=COLUMNS)
        table.insert(0, "device", device)
        table.insert(0, "model", model)
        table.insert(0, "map", name)
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.input.contacts,
            snakemake.input.network,
            snakemake.input.get("dataset") or None,
            **snakemake.params.settings,
            name=snakemake.params.name,
            cool=snakemake.output.cool,
            mcool=snakemake.output.mcool,
            summary=snakemake.output.summary,
            checkpoints=snakemake.params.checkpoints,
            threads=snakemake.threads,
            gpu=snakemake.resources.get("gpu", 0),
        )
