"""Predicted windows of the test splits, put together as maps: .mcool of each map and model."""

import contextlib
import logging
from collections.abc import Iterator, Sequence

import h5py
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.apply.enhanced_files import write_enhanced
from workflow_scripts.enhancement.apply.predict_map import shifted_scale
from workflow_scripts.enhancement.apply.stitch import BandBlend
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.image_data import scale_shifts
from workflow_scripts.enhancement.data.map_transforms import to_balanced

log = logging.getLogger("chromaloom")


def predicted_bands(
    data: EnhancementData, files: Sequence[h5py.File], name: str, sizes: dict[str, int]
) -> Iterator[tuple[str, np.ndarray | None]]:
    """Blend the predicted windows of a map.

    Parameters
    ----------
    data
        Dataset of kind image.
    files
        Predictions of each network (`predictions.write_predictions`), of the same windows.
    name
        The map.
    sizes
        Length (bp) of each chromosome.

    Yields
    ------
    tuple
        Chromosome, and float64 bands (networks, bins, b) of balanced contacts at the bins of high
        resolution; NaN where no window lies, and None for chromosomes without a window. The scale
        of a window is that of its input, shifted as in the training windows: the true map is not
        read.
    """
    index, split = files[0]["index"][:], files[0]["split"][:].astype(str)
    reach = files[0]["prediction"].shape[-1]
    crop = (data.window_bins - reach) // 2
    shifts = scale_shifts(data)
    # one way of making low resolution: that of the first windows
    kind = next(iter(shifts))
    own = (data.map[index] == name) & (data.input[index] == kind)
    own &= np.char.startswith(split, "test")
    for chrom, size in sizes.items():
        found = np.flatnonzero(own & (data.chrom[index] == chrom))
        if not len(found):
            yield chrom, None
            continue
        blends = [BandBlend(-(-size // data.resolution), reach) for _ in files]
        for at in found:
            row = index[at]
            scale = shifted_scale(data.scale_low[row], shifts[kind])
            first = int(data.start[row]) // data.resolution + crop
            for blend, file in zip(blends, files, strict=True):
                values = file["prediction"][at].astype(float)
                blend.add(first, np.maximum(to_balanced(values, scale), 0))
        log.info("%s, %s: %d windows", name, chrom, len(found))
        yield chrom, np.stack([blend.mean() for blend in blends])


def main(
    dataset: str,
    chrom_sizes: str,
    predictions: Sequence[str],
    *,
    models: Sequence[str],
    seeds: Sequence[int],
    maps: Sequence[str],
    mcools: Sequence[str],
) -> None:
    """Write the predicted map of each model and map.

    Parameters
    ----------
    dataset, chrom_sizes
        Dataset of kind image; table of chromosome lengths.
    predictions
        By model and seed, in the order of `models` and within one of `seeds`.
    models, seeds, maps
        Models, seeds of their networks, and maps.
    mcools
        Outputs, in the order of `models` and within one of `maps`: mean over the networks (count)
        and its spread (sd) by pixel.
    """
    sizes, outputs = read_sizes(chrom_sizes), iter(mcools)
    with EnhancementData(dataset) as data:
        for number, model in enumerate(models):
            some = predictions[number * len(seeds) : (number + 1) * len(seeds)]
            with contextlib.ExitStack() as stack:
                files = [stack.enter_context(h5py.File(path)) for path in some]
                for name in maps:
                    write_enhanced(
                        predicted_bands(data, files, name, sizes), sizes=pd.Series(sizes),
                        resolution=data.resolution, circular=[], assembly=None,
                        metadata={
                            "made by": "Chromaloom, enhancement", "model": model, "map": name,
                            "windows": "test splits", "unit": "balanced contacts, predicted",
                        },
                        mcool=next(outputs), networks=len(files),
                    )  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake)
