"""Predicted contacts from predicted O/E: times the expected contacts of a map or of the bundle."""

from collections.abc import Iterator, Mapping

import cooler
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contact_maps import CHUNK
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.ml.bundles import read_bundle
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.apply.inputs import bundle_expected
from workflow_scripts.conformation.apply.map_bands import expected_contacts, read_map_bands
from workflow_scripts.conformation.evaluation.map_files import write_pixels


def scaled_pixels(clr: cooler.Cooler, expected: Mapping[str, np.ndarray]) -> Iterator[pd.DataFrame]:
    """Pixels of a map of O/E, times the expected contacts of their chromosome and distance.

    Pixels without a known expected value are left out.
    """
    chrom = clr.bins()["chrom"][:].astype(str).to_numpy()
    for start in range(0, clr.info["nnz"], CHUNK):
        pixels = clr.pixels()[start : start + CHUNK]
        one, distance = pixels.bin1_id.to_numpy(), (pixels.bin2_id - pixels.bin1_id).to_numpy()
        factor = np.full(len(pixels), np.nan)
        for name, values in expected.items():
            inside = chrom[one] == name
            factor[inside] = values[distance[inside]]
        scaled = pixels.assign(count=pixels["count"] * factor, sd=pixels.sd * factor)
        yield scaled[np.isfinite(factor)]


def main(
    predicted: str,
    contacts: list[str],
    chrom_sizes: str,
    *,
    bundle: str,
    where: str,
    map_file: str,
    scaled: str,
) -> None:
    """Write predicted contacts as .mcool.

    Parameters
    ----------
    predicted
        Predicted O/E (.mcool).
    contacts, map_file
        Contact map of the entry, or nothing; its path with the group that is meant, or empty.
    chrom_sizes
        Table of chromosome lengths.
    bundle, where
        Folder of the bundle; config file and key of the entry, for messages.
    scaled
        Output: count and sd are contacts; bins with a prediction have weight 1, others NaN.
    """
    model, sizes = read_bundle(bundle, where), read_sizes(chrom_sizes)
    resolution, w = model.inputs["resolution"], model.inputs["window"]
    clr = cooler.Cooler(f"{predicted}::resolutions/{resolution}")
    known = np.zeros(clr.shape[0], bool)
    for start in range(0, clr.info["nnz"], CHUNK):
        pixels = clr.pixels()[["bin1_id", "bin2_id"]][start : start + CHUNK]
        known[pixels.bin1_id] = known[pixels.bin2_id] = True
    if contacts:
        used = dict.fromkeys(clr.bins()["chrom"][:].astype(str)[known])
        bands = read_map_bands(
            map_file, used, resolution=resolution, w=w, sizes=sizes, needed=[], where=where
        )
        expected = expected_contacts(bands, model.inputs.get("expected", "chromosome"))
        source = "the map"
    else:
        values = np.array(bundle_expected(model), dtype="float64")
        expected = dict.fromkeys(sizes, values)
        source = model.facts["cell"]
    unit = f"balanced contacts, predicted: observed over expected times expected of {source}"
    write_pixels(
        scaled_pixels(clr, expected), sizes, resolution, scaled, unit=unit, predicted=known
    )


if __name__ == "__main__":
    run_script(main, snakemake)
