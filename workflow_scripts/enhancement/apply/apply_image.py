"""Enhance a map of the user with a trained image model: .cool and .mcool of higher resolution."""

import functools
import logging
import time
from pathlib import Path

import cooler
import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder
from workflow_scripts.chromaloom.ml.checkpoints import ArrayStore
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.apply.agreement import agreement, beyond_reach
from workflow_scripts.enhancement.apply.apply_published import apply_published
from workflow_scripts.enhancement.apply.enhanced_files import write_enhanced
from workflow_scripts.enhancement.apply.gain import COLUMNS as GAIN
from workflow_scripts.enhancement.apply.gain import gain, measured_map, plain_maps
from workflow_scripts.enhancement.apply.input_map import input_map
from workflow_scripts.enhancement.apply.predict_map import (
    Predict,
    TilingConfig,
    chromosome_bands,
    enhance_chromosome,
    scale_shift,
)
from workflow_scripts.enhancement.apply.stitch import conserve
from workflow_scripts.enhancement.config.published import PUBLISHED

log = logging.getLogger("chromaloom")
COLUMNS = [
    "chrom", "bins", "masked", "windows", "skipped_windows", "pixels_beyond", "fraction_beyond",
    "pixels_model", "r_model", "r_oe_model", "pixels", "r", "r_oe", *GAIN,
]  # fmt: skip


def load_predictor(path: str, window: int) -> tuple[Predict, int]:
    """Load an image model.

    Parameters
    ----------
    path
        .keras file.
    window
        Bins of the config's windows.

    Returns
    -------
    tuple
        A function that predicts (n, b, b) from (n, B, B), and b.

    Raises
    ------
    UserError
        Not a Keras model, or one whose input is not a map of these windows.
    """
    where = f"enhancement.enhance.model: {path}"
    try:
        network = keras.models.load_model(path, compile=False)
    except (OSError, ValueError) as error:
        text = str(error).split("\n")[0]
        raise UserError(f"{where}: not a Keras model ({text}); expected: a .keras file") from None
    shapes = [tuple(tensor.shape[1:]) for tensor in network.inputs]
    if shapes != [(window, window, 1)]:
        raise UserError(
            f"{where}: its input is {' and '.join(map(str, shapes))}; expected:"
            f" ({window}, {window}, 1), a map of enhancement.window_bins"
        )

    def predict(low: np.ndarray) -> np.ndarray:
        return np.asarray(network.predict_on_batch(low[..., None]))[..., 0]

    return predict, int(network.outputs[0].shape[1])


def job_fingerprint(contacts: str, network: str, *settings) -> str:
    """Fingerprint of a map (its name, size and date), a network (its bytes) and settings."""
    about = Path(contacts).stat()
    found = {"map": contacts, "size": about.st_size, "date": about.st_mtime_ns, "how": settings}
    return fingerprint(found, np.frombuffer(Path(network).read_bytes(), "uint8"))


def enhanced_arrays(
    clr: cooler.Cooler, chrom: str, predict: Predict, tiling: TilingConfig, *, circular: bool
) -> tuple[dict[str, np.ndarray], dict]:
    """Result of `enhance_chromosome` as arrays (none without a window) and facts.

    Array `bilinear` is the result of the windows' input in place of the model's output.
    """
    band, given, facts = enhance_chromosome(clr, chrom, predict, tiling, circular=circular)
    if band is None or given is None:
        return {}, facts
    arrays = {"band": band, "given": given}
    if tiling.factor > 1:
        inside = slice(tiling.crop, tiling.window - tiling.crop)
        arrays["bilinear"] = enhance_chromosome(
            clr, chrom, lambda low: low[:, inside, inside], tiling, circular=circular
        )[0]
    return arrays, facts


def circular_chromosomes(
    clr: cooler.Cooler, contacts: str, settings: dict, circular: list[str]
) -> list[str]:
    """Circular chromosomes of a map: those of `settings`, or those of `circular` that it has."""
    for chrom in settings["circular"]:
        if chrom not in clr.chromnames:
            raise UserError(
                f"enhancement.enhance.circular: {contacts} has no chromosome {chrom!r};"
                f" available: {', '.join(clr.chromnames)}"
            )
    return settings["circular"] or [c for c in circular if c in clr.chromnames]


def main(
    contacts: str,
    network: str,
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
    lower_quantile: float = 0.0,
    group: str = "",
) -> None:
    """Enhance all chromosomes that hold a window.

    Parameters
    ----------
    contacts, network
        .cool or .mcool; .keras, or the PyTorch file of a published network.
    name, model
        Names of the map and the model, for messages. With a name of `config.published.PUBLISHED`
        the map is enhanced by `apply_published`, at the bins that it has.
    resolution, window, factor
        Bin size (bp) and bins of the model's windows; output bins per input bin.
    coarsegrain, balance, settings
        Config sections `enhancement.coarsegrain`, `contacts.balance` and `enhancement.enhance`.
    circular
        Circular chromosomes of the run's genome, used if `settings` names none.
    checkpoints
        Folder for finished chromosomes.
    cool, mcool, summary
        Output maps, and a row per chromosome (TSV): bins, masked bins, windows, contacts beyond the
        reach of the output, the agreement of the output with the input, and what the model adds to
        maps made without it (`gain`).
    threads, gpu, seed
        Granted threads and GPUs; seed of the device.
    lower_quantile
        As in the run that trained the model (`observed_map`).
    group
        The map's group in the file; empty if its bin size identifies it.

    Raises
    ------
    UserError
        The map lacks the resolution or a circular chromosome, or no window can be predicted.
    """
    device, started = prepare_device(gpu=gpu, threads=threads, seed=seed), time.monotonic()
    if model in PUBLISHED:
        uri = f"{contacts}::{group}" if group else contacts
        rows = apply_published(
            uri, network, name=name, model=model, resolution=resolution * factor,
            balance=balance, cool=cool, mcool=mcool, checkpoints=checkpoints,
        )  # fmt: skip
        write_summary(summary, rows, device=device, model=model, name=name)
        return
    predict, inner = load_predictor(network, window)
    tiling = TilingConfig(
        window=window, inner=inner, factor=factor, overlap=settings["overlap"],
        coarsegrain=coarsegrain, max_masked=settings["max_masked"],
        batch_size=settings["batch_size"], shift=scale_shift(network, factor),
        lower_quantile=lower_quantile,
    )  # fmt: skip
    rows = []
    with scratch_folder(mcool) as folder:
        uri = f"{contacts}::{group}" if group else contacts
        clr, balanced = input_map(uri, resolution * factor, folder, balance)
        circles = circular_chromosomes(clr, contacts, settings, circular)
        mark = job_fingerprint(contacts, network, vars(tiling), circles, balance, group)
        finished = ArrayStore(checkpoints, mark)
        way = settings["conserve"] if factor > 1 else "none"
        fine = None
        if factor > 1:
            fine = measured_map(contacts, resolution, f"{folder}/fine", balance)

        def chromosomes():
            for number, chrom in enumerate(clr.chromnames, start=1):
                around = chrom in circles
                make = functools.partial(
                    enhanced_arrays, clr, chrom, predict, tiling, circular=around
                )
                arrays, facts = finished.get(f"chromosome{number}", make)
                band, given = arrays.get("band"), arrays.get("given")
                row = {"chrom": chrom, **facts}
                reach = 0 if band is None else tiling.reach // factor
                row |= beyond_reach(clr, chrom, reach, circular=around)
                if band is not None:
                    row |= agreement(band, given, factor, circular=around, suffix="_model")
                    band = conserve(band, given, factor, way, circular=around)
                    row |= agreement(band, given, factor, circular=around)
                    if "bilinear" in arrays:
                        plain = plain_maps(band, arrays["bilinear"], given, factor, circular=around)
                        measured = None
                        if fine is not None and chrom in fine.chromnames:
                            measured, _ = chromosome_bands(
                                fine, chrom, tiling.reach, circular=around
                            )
                        row |= gain(band, plain, measured)
                rows.append(row)
                log.info(
                    "%s, %s (%d of %d): %d windows, %d skipped, r with the input %.3f, O/E with"
                    " bilinear interpolation %.3f, %.1f s so far",
                    name, chrom, number, len(clr.chromnames), row["windows"],
                    row["skipped_windows"], row.get("r", np.nan),
                    row.get("r_oe_with_bilinear_conserved", np.nan), time.monotonic() - started,
                )  # fmt: skip
                yield chrom, band
            if not any(row["windows"] for row in rows):
                raise UserError(
                    f"{contacts}: no window of {window} bins of {resolution} bp has a contact and"
                    f" at most {settings['max_masked']:g} of its bins masked; expected: at least"
                    " one; fix: larger chromosomes, a denser map, or a larger"
                    " enhancement.enhance.max_masked"
                )

        write_enhanced(
            chromosomes(), sizes=clr.chromsizes,
            resolution=resolution, circular=circles, assembly=clr.info.get("genome-assembly"),
            metadata={
                "made by": "Chromaloom, enhancement", "input": Path(contacts).name,
                "contacts of the input": balanced, "model": model,
                "input resolution": resolution * factor, "bins per window": window,
                "kept of the input": way,
                "unit": "balanced contacts of the input, divided between the pixels",
            },
            cool=cool, mcool=mcool,
        )  # fmt: skip
    finished.remove()
    write_summary(summary, rows, device=device, model=model, name=name)


def write_summary(path: str, rows: list[dict], *, device: str, model: str, name: str) -> None:
    """Write the rows of the chromosomes (`COLUMNS`) as TSV."""
    with atomic_path(path) as temporary:
        table = pd.DataFrame(rows, columns=COLUMNS)
        table.insert(0, "device", device)
        table.insert(0, "model", model)
        table.insert(0, "map", name)
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake)
