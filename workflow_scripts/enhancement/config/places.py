"""Regions of the splits, checked as soon as the lengths of the chromosomes are known.

Imported by the rules: needs NumPy and pandas only.
"""

from collections.abc import Mapping

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.data.splits import arc_regions, assign_splits

PLACE_KEYS = ("split", "resolution", "window_bins")


def held_out(settings: Mapping) -> dict[str, str]:
    """Chromosomes of the validation and test regions, and the config key of each."""
    split, keys = settings["split"], ("valid", "test")
    if split["scheme"] == "random":
        return {}
    return {text.strip().split(":")[0]: f"split.{key}" for key in keys for text in split[key]}


def check_places(settings: Mapping, sizes: Mapping[str, int], where: str) -> None:
    """Reject held-out regions that the genome lacks, or in which no window fits.

    Parameters
    ----------
    settings
        `PLACE_KEYS` of the config's section `enhancement`.
    sizes
        Length (bp) of each chromosome.
    where
        Config file and section, for error messages.

    Raises
    ------
    UserError
        An unknown chromosome, an arc beyond its chromosome, arcs that overlap, or a window that is
        longer than all regions of validation or of test, or than all chromosomes.
    """
    split, window = settings["split"], settings["window_bins"] * settings["resolution"]
    lengths = {"": list(sizes.values())}
    if split["scheme"] != "random":
        try:
            assign_splits(pd.DataFrame({"chrom": [], "start": [], "end": []}), split, sizes, 0)
        except UserError as error:
            text = str(error).removeprefix("enhancement")
            raise UserError(f"{where}{text}") from None
    for key in ("valid", "test"):
        if split["scheme"] == "chromosome":
            lengths[key] = [sizes[name] for name in split[key]]
        if split["scheme"] == "arc":
            regions = [arc_regions(text, split["circular"], sizes, where) for text in split[key]]
            # an arc across the origin of a circle is one region
            lengths[key] = [sum(end - start for _, start, end in parts) for parts in regions]
    for key, found in lengths.items():
        if max(found, default=0) < window:
            place = f"the regions of split.{key}" if key else "the chromosomes"
            raise UserError(
                f"{where}.window_bins: {settings['window_bins']} bins of"
                f" {settings['resolution']} bp are longer than {place}, at most"
                f" {max(found, default=0):,} bp; expected: a window that fits"
            )
