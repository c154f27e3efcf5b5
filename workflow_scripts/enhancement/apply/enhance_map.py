"""A map of any origin enhanced with one or several networks: chromosomes, conservation, files."""

import functools
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cooler
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder
from workflow_scripts.chromaloom.ml.checkpoints import ArrayStore
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.apply.agreement import agreement, beyond_reach
from workflow_scripts.enhancement.apply.enhanced_files import write_enhanced
from workflow_scripts.enhancement.apply.gain import COLUMNS as GAIN
from workflow_scripts.enhancement.apply.gain import gain, measured_map, plain_maps
from workflow_scripts.enhancement.apply.input_map import input_map
from workflow_scripts.enhancement.apply.predict_map import (
    Predict,
    TilingConfig,
    WindowDna,
    chromosome_bands,
    enhance_ensemble,
)
from workflow_scripts.enhancement.apply.stitch import conserve

log = logging.getLogger("chromaloom")
COLUMNS = [
    "chrom", "bins", "masked", "windows", "skipped_windows", "pixels_beyond", "fraction_beyond",
    "pixels_model", "r_model", "r_oe_model", "pixels", "r", "r_oe", *GAIN,
]  # fmt: skip
# of an ensemble: the spread over the networks as a fraction of the contacts
ENSEMBLE_COLUMNS = [*COLUMNS, "relative_sd"]


def job_fingerprint(contacts: str, networks: Sequence[str], *settings) -> str:
    """Fingerprint of a map (its name, size and date), networks (their bytes) and settings."""
    about = Path(contacts).stat()
    found = {"map": contacts, "size": about.st_size, "date": about.st_mtime_ns, "how": settings}
    arrays = (np.frombuffer(Path(path).read_bytes(), "uint8") for path in networks)
    return fingerprint(found, *arrays)


def enhanced_arrays(
    clr: cooler.Cooler,
    chrom: str,
    predictors: Sequence[Predict],
    tiling: TilingConfig,
    *,
    circular: bool,
    dna: WindowDna | None = None,
) -> tuple[dict[str, np.ndarray], dict]:
    """Result of `enhance_ensemble` as arrays (none without a window) and facts.

    Array `bilinear` is the result of the windows' input in place of a model's output.
    """
    inside = slice(tiling.crop, tiling.window - tiling.crop)
    plain = [lambda low, *_: low[:, inside, inside]] if tiling.factor > 1 else []
    bands, given, facts = enhance_ensemble(
        clr, chrom, [*predictors, *plain], tiling, circular=circular, dna=dna
    )
    if bands is None or given is None:
        return {}, facts
    arrays = {"bands": bands[: len(predictors)], "given": given}
    if plain:
        arrays["bilinear"] = bands[-1]
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


def enhance_map(
    contacts: str,
    networks: Mapping[str, Predict],
    tiling: TilingConfig,
    *,
    name: str,
    model: str,
    resolution: int,
    settings: Mapping[str, Any],
    balance: Mapping[str, Any],
    circular: Sequence[str],
    checkpoints: str,
    mcool: str,
    cool: str = "",
    group: str = "",
    ensemble: bool = False,
    dna: Callable[[str, bool], WindowDna] | None = None,
    inspect: Callable[[cooler.Cooler, str], None] | None = None,
) -> list[dict]:
    """Enhance all chromosomes that hold a window.

    Parameters
    ----------
    contacts, group
        .cool or .mcool, and the map's group in it; empty if its bin size identifies it.
    networks
        The model by file, one or several.
    tiling
        Windows and their scaling.
    name, model
        Names of the map and of the model, for messages and metadata.
    resolution
        Bin size (bp) of the output.
    settings
        Keys `conserve`, `circular` and `max_masked` of config section `enhancement.enhance`.
    balance
        As config section `contacts.balance`.
    circular
        Circular chromosomes of the model's genome, used if `settings` names none.
    checkpoints
        Folder for finished chromosomes.
    mcool, cool
        Output maps; without a name none is written.
    ensemble
        Whether the output has the networks' spread (`write_enhanced`).
    dna
        Of hybrids: the DNA of a chromosome's windows, from its name and whether it is circular.
    inspect
        Called with the map that is read, and how it is balanced.

    Returns
    -------
    list of dict
        A row per chromosome: bins, masked bins, windows, contacts beyond the reach of the output,
        the agreement of the output with the input, and what the model adds to maps made without it
        (`gain`).

    Raises
    ------
    UserError
        The map lacks the resolution or a circular chromosome, or no window can be predicted.
    """
    factor, started, rows = tiling.factor, time.monotonic(), []
    way = settings["conserve"] if factor > 1 else "none"
    with scratch_folder(mcool) as folder:
        uri = f"{contacts}::{group}" if group else contacts
        clr, balanced = input_map(uri, resolution * factor, folder, balance)
        if inspect is not None:
            inspect(clr, balanced)
        circles = circular_chromosomes(clr, contacts, settings, circular)
        mark = job_fingerprint(contacts, list(networks), vars(tiling), circles, balance, group)
        finished = ArrayStore(checkpoints, mark)
        fine = measured_map(contacts, resolution, f"{folder}/fine", balance) if factor > 1 else None

        def chromosomes() -> Iterator[tuple[str, np.ndarray | None]]:
            for number, chrom in enumerate(clr.chromnames, start=1):
                around = chrom in circles
                make = functools.partial(
                    enhanced_arrays, clr, chrom, list(networks.values()), tiling, circular=around,
                    **({"dna": dna(chrom, around)} if dna is not None else {}),
                )  # fmt: skip
                arrays, facts = finished.get(f"chromosome{number}", make)
                row = {"chrom": chrom, **facts}
                row |= beyond_reach(
                    clr, chrom, tiling.reach // factor if arrays else 0, circular=around
                )
                bands = None
                if arrays:
                    measured = None
                    if fine is not None and chrom in fine.chromnames:
                        measured, _ = chromosome_bands(fine, chrom, tiling.reach, circular=around)
                    found, bands = conserved_bands(
                        arrays, measured, factor=factor, way=way, circular=around
                    )
                    row |= found
                rows.append(row)
                alike = row.get("r_oe_with_bilinear_conserved", np.nan)  # of finer bins alone
                log.info(
                    "%s, %s (%d of %d): %d windows, %d skipped, r with the input %.3f,%s"
                    " %.1f s so far",
                    name, chrom, number, len(clr.chromnames), row["windows"],
                    row["skipped_windows"], row.get("r", np.nan),
                    "" if np.isnan(alike) else f" O/E with bilinear interpolation {alike:.3f},",
                    time.monotonic() - started,
                )  # fmt: skip
                yield chrom, bands if bands is None or ensemble else bands[0]
            if not any(row["windows"] for row in rows):
                raise UserError(
                    f"{contacts}: no window of {tiling.window} bins of {resolution} bp has a"
                    f" contact and at most {settings['max_masked']:g} of its bins masked; expected:"
                    " at least one; fix: larger chromosomes, a denser map, or a larger"
                    " enhancement.enhance.max_masked"
                )

        write_enhanced(
            chromosomes(), sizes=clr.chromsizes,
            resolution=resolution, circular=circles, assembly=clr.info.get("genome-assembly"),
            metadata={
                "made by": "Chromaloom, enhancement", "input": Path(contacts).name,
                "contacts of the input": balanced, "model": model,
                "input resolution": resolution * factor, "bins per window": tiling.window,
                "kept of the input": way,
                "unit": "balanced contacts of the input, divided between the pixels",
            },
            cool=cool, mcool=mcool, networks=len(networks) if ensemble else 0,
        )  # fmt: skip
    finished.remove()
    return rows


def conserved_bands(
    arrays: Mapping[str, np.ndarray],
    measured: np.ndarray | None,
    *,
    factor: int,
    way: str,
    circular: bool,
) -> tuple[dict[str, float], np.ndarray]:
    """Scale the band of each network to the input, and compare their mean with other maps.

    Parameters
    ----------
    arrays
        Of `enhanced_arrays`.
    measured
        The measured map of the finer bins, if there is one.
    factor, way, circular
        As in `stitch.conserve`.

    Returns
    -------
    row : dict
        Agreement with the input before and after, `gain`, and `relative_sd`.
    bands : float64 array, shape=(networks, bins, reach)
    """
    given = arrays["given"]
    row = agreement(arrays["bands"].mean(0), given, factor, circular=circular, suffix="_model")
    bands = np.stack(
        [conserve(band, given, factor, way, circular=circular) for band in arrays["bands"]]
    )
    mean = bands.mean(0)
    row |= agreement(mean, given, factor, circular=circular)
    row["relative_sd"] = float(np.nansum(bands.std(0)) / np.nansum(mean))
    if "bilinear" in arrays:
        plain = plain_maps(mean, arrays["bilinear"], given, factor, circular=circular)
        row |= gain(mean, plain, measured)
    return row, bands


def write_summary(path: str, rows: list[dict], columns: Sequence[str], **same: str) -> None:
    """Write columns of the rows of the chromosomes as TSV, after columns that all rows share."""
    with atomic_path(path) as temporary:
        table = pd.DataFrame(rows, columns=list(columns))
        for column, value in same.items():
            table.insert(0, column, value)
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
