"""Enhance a map of the user with a published network, at the bins that the map has."""

import functools
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import cooler
import numpy as np

from workflow_scripts.chromaloom.genomics.contacts import open_map, split_uri
from workflow_scripts.chromaloom.genomics.regular_maps import contact_unit, regular_map
from workflow_scripts.chromaloom.io.files import scratch_folder
from workflow_scripts.chromaloom.ml.checkpoints import ArrayStore
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.apply.agreement import agreement
from workflow_scripts.enhancement.apply.enhanced_files import write_enhanced
from workflow_scripts.enhancement.apply.input_map import MIN_UNIT, input_map
from workflow_scripts.enhancement.apply.published_map import (
    Predict,
    check_species,
    chromosome_contacts,
    clipped_fraction,
    contact_band,
    contacts_beyond,
    enhance_published,
    published_resolution,
)
from workflow_scripts.enhancement.config.published import PUBLISHED, REACH, PublishedModel
from workflow_scripts.enhancement.models.published_networks import load_published

log = logging.getLogger("chromaloom")


def published_predictor(model: PublishedModel, path: str | Path) -> Predict:
    """A function that predicts tiles with the weights in a file."""
    network = load_published(model.method, path, model.tile + 2 * model.margin)

    def predict(low: np.ndarray) -> np.ndarray:
        return np.asarray(network.predict_on_batch(low[..., None]))[..., 0]

    return predict


def open_input(
    contacts: str, resolution: int, folder: str, balance: dict, name: str
) -> cooler.Cooler:
    """The map as the network `name` reads it: of counts, or balanced.

    Raises
    ------
    UserError
        The map has no counts where the network reads them, or is refused by `input_map` or
        `regular_map`.
    """
    if PUBLISHED[name].balanced:
        return input_map(contacts, resolution, folder, balance)[0]
    clr = regular_map(open_map(contacts, resolution), contacts, f"{folder}/regular.cool")
    unit, _ = contact_unit(clr)
    if unit < MIN_UNIT:
        raise UserError(
            f"{contacts}: its contacts are no counts (a single contact is {unit:.3g}), which"
            f" {name} reads; expected: a map of counts; fix: take one, or a network of balanced"
            " contacts (deephic_kr_16, deephic_kr_100)"
        )
    return clr


def enhanced_arrays(
    clr: cooler.Cooler, chrom: str, predict: Predict, model: PublishedModel
) -> tuple[dict[str, np.ndarray], dict]:
    """Bands of the output and the input of a chromosome, and facts; no bands without contacts."""
    contacts, known = chromosome_contacts(clr, chrom, model)
    facts = {"bins": len(known), "masked": int((~known).sum()), "windows": 0}
    facts |= {"skipped_windows": 0, **contacts_beyond(contacts)}
    if not contacts.sum():
        return {}, facts
    band, found = enhance_published(contacts, known, predict, model)
    log.info("%s: the cutoff of %g clips %.2f %% of the pixels with contacts", chrom,
             model.clip_value / model.scale, 100 * clipped_fraction(contacts, model))  # fmt: skip
    return {"band": band, "given": contact_band(contacts, known)}, {**facts, **found}


def apply_published(
    contacts: str,
    network: str,
    *,
    name: str,
    model: str,
    resolution: int,
    balance: dict,
    cool: str,
    mcool: str,
    checkpoints: str,
) -> list[dict]:
    """Enhance all chromosomes with contacts.

    Parameters
    ----------
    contacts, network
        .cool or .mcool, or a group of it (FILE::GROUP); PyTorch file of the weights.
    name, model
        Name of the map, for messages; key of `config.published.PUBLISHED`.
    resolution
        Bin size (bp) that is read where the file has no map of 10 kb.
    balance
        Config section `contacts.balance`.
    cool, mcool
        Output: contacts at full depth at the bins of the input, up to `REACH` diagonals.
    checkpoints
        Folder for finished chromosomes.

    Returns
    -------
    list of dict
        A row per chromosome, as in `apply_image`.

    Raises
    ------
    UserError
        The map is refused, or has no contacts within chromosomes.
    """
    settings, rows, started = PUBLISHED[model], [], time.monotonic()
    predict = published_predictor(settings, network)
    resolution = published_resolution(contacts, resolution, model)
    with scratch_folder(mcool) as folder:
        clr = open_input(contacts, resolution, folder, balance, model)
        check_species(clr, contacts, model)
        about = Path(split_uri(contacts)[0]).stat()
        mark = fingerprint(
            {"map": contacts, "size": about.st_size, "date": about.st_mtime_ns,
             "how": [model, resolution, balance]},
            np.frombuffer(Path(network).read_bytes(), "uint8"),
        )  # fmt: skip
        finished = ArrayStore(checkpoints, mark)

        def chromosomes() -> Iterator[tuple[str, np.ndarray | None]]:
            for number, chrom in enumerate(clr.chromnames, start=1):
                make = functools.partial(enhanced_arrays, clr, chrom, predict, settings)
                arrays, facts = finished.get(f"chromosome{number}", make)
                row = {"chrom": chrom, **facts}
                band = arrays.get("band")
                if band is not None:
                    for suffix in ("_model", ""):
                        row |= agreement(band, arrays["given"], 1, suffix=suffix)
                rows.append(row)
                log.info("%s, %s (%d of %d): %d tiles, O/E correlation with the input %.3f, %.1f s"
                         " so far", name, chrom, number, len(clr.chromnames), row["windows"],
                         row.get("r_oe", np.nan), time.monotonic() - started)  # fmt: skip
                yield chrom, band
            if not any(row["windows"] for row in rows):
                raise UserError(
                    f"{contacts}: no contacts within chromosomes at {resolution} bp; expected: at"
                    " least one; fix: take another map"
                )

        unit = "balanced contacts" if settings.balanced else "counts"
        if settings.depth:
            unit += f" of a map with {settings.depth} times the contacts of the input"
        write_enhanced(
            chromosomes(), sizes=clr.chromsizes, resolution=resolution, circular=[],
            assembly=clr.info.get("genome-assembly"),
            metadata={
                "made by": "Chromaloom, enhancement", "input": Path(split_uri(contacts)[0]).name,
                "model": model, "input resolution": resolution, "bins from the diagonal": REACH - 1,
                "unit": unit,
            },
            cool=cool, mcool=mcool, balanced=settings.balanced,
        )  # fmt: skip
    finished.remove()
    return rows
