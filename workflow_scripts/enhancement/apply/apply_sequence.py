"""Predict the map of regions or sequences from their DNA, with the networks of a bundle."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

import keras
import numpy as np
import pandas as pd
import pysam

from workflow_scripts.chromaloom.genomics.cooler_files import first_bins
from workflow_scripts.chromaloom.genomics.nucleotides import check_letters
from workflow_scripts.chromaloom.genomics.predicted_maps import write_predicted_map
from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.bundles import Bundle, read_bundle
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.apply.sequence_inputs import (
    Region,
    find_regions,
)
from workflow_scripts.enhancement.apply.sequence_tiles import Tiling, blend_region, pixel_table
from workflow_scripts.enhancement.data.dataset import center_crop
from workflow_scripts.enhancement.data.windows import CODE, good_bins
from workflow_scripts.enhancement.evaluation.inference import load_network, predict_batches

log = logging.getLogger("chromaloom")
LOG_SECONDS = 30.0  # between progress lines
LARGEST = 100.0  # |ln O/E|; networks are trained on a few at most


class RegionPredictor:
    """The networks of a bundle on windows of a genome.

    Parameters
    ----------
    networks, bundle
        Networks, and the bundle that they are of.
    target
        Name of the predicted map.
    genome
        Indexed FASTA.
    where
        The FASTA, for messages.
    """

    def __init__(
        self, networks: Sequence[keras.Model], bundle: Bundle, target: str,
        genome: pysam.FastaFile, where: str,
    ) -> None:  # fmt: skip
        self._networks, self._genome, self._where = networks, genome, where
        self.resolution = bundle.inputs["resolution"]
        self.window, self.inner = bundle.inputs["window_bins"], bundle.facts["outputs"]["bins"]
        self._bundle = bundle.folder
        self._untrained = bundle.facts["outputs"]["ignore_diags"]
        self._target = bundle.facts["outputs"]["targets"].index(target)

    def codes(self, chrom: str, start: int, end: int) -> np.ndarray:
        """DNA from `start` to `end` (bp), uint8, as the networks were trained on it."""
        bases = self._genome.fetch(chrom, start, end)
        check_letters(bases, f"{self._where}: {chrom}:{start}-{end}")
        return CODE[np.frombuffer(bases.encode("latin-1"), np.uint8)]

    def maps(self, chrom: str, first: int) -> np.ndarray:
        """Maps of the window from bin `first` by each network, float32 (K, b, b).

        Raises
        ------
        UserError
            A network gives no ln O/E.
        """
        start = first * self.resolution
        end = start + self.window * self.resolution
        codes = self.codes(chrom, start, end)[None]
        # one window at a time: the same numbers whatever stands beside it
        found = [center_crop_targets(predict_batches(network, codes, 1)[0], self.inner)
                 for network in self._networks]  # fmt: skip
        maps = np.stack([every[self._target] for every in found])
        if not (np.abs(maps) < LARGEST).all():  # NaN as well
            raise UserError(
                f"{self._bundle}: {chrom}:{start}-{end}: a network predicts values that are no"
                " logarithm of O/E (not finite, or huge); expected: a trained network; fix: train"
                " it with a lower learning_rate, or take another bundle"
            )
        return maps

    def unknown_bins(self, region: Region) -> np.ndarray:
        """Which bins of a region hold a base that is not known (N), bool (bins,)."""
        found = np.zeros(region.bins, bool)
        for first in range(0, region.bins, self.window):
            stop = min(first + self.window, region.bins)
            place = [(region.first + bin_) * self.resolution for bin_ in (first, stop)]
            found[first:stop] = ~good_bins(self.codes(region.chrom, *place), self.resolution)
        return found

    def bands(
        self, region: Region, tiling: Tiling, unknown: np.ndarray
    ) -> Iterator[tuple[int, np.ndarray]]:
        """As `blend_region`, NaN in `unknown` bins and in the diagonals that were not trained on.

        Windows of nothing but unknown bins are left out.
        """
        began = logged = time.monotonic()
        number = 0

        def predict(start: int) -> np.ndarray | None:
            nonlocal logged, number
            number += 1
            if time.monotonic() - logged >= LOG_SECONDS:
                logged = time.monotonic()
                left = (logged - began) / number * (len(tiling.starts) - number)
                log.info("%s: window %d of %d, about %.0f s left", region.chrom, number,
                         len(tiling.starts), left)  # fmt: skip
            at = start - region.first + tiling.crop
            return None if unknown[at : at + self.inner].all() else self.maps(region.chrom, start)

        hidden = np.concatenate([unknown, np.ones(tiling.reach, bool)])
        for first, bands in blend_region(tiling, predict, len(self._networks)):
            row = np.arange(bands.shape[1])[:, None] + first - region.first
            partner = row + np.arange(tiling.reach)
            bands[:, hidden[row] | hidden[partner]] = np.nan
            bands[:, :, : self._untrained] = np.nan
            yield first, bands


def center_crop_targets(maps: np.ndarray, bins: int) -> np.ndarray:
    """Central bins of a network's output, (B, B) or (B, B, targets), as (targets, bins, bins)."""
    whole = maps[None] if maps.ndim == 2 else np.moveaxis(maps, -1, 0)
    return center_crop(whole, bins)


def write_text(
    table: pd.DataFrame, chrom: str, resolution: int, names: Sequence[str], out: IO[bytes]
) -> None:
    """Append pixels to the text table."""
    place = {"chrom": chrom, "start1": table.bin1 * resolution, "start2": table.bin2 * resolution}
    text = pd.DataFrame({**place, **{name: table[name] for name in ("mean", "sd", *names)}})
    text.to_csv(out, sep="\t", index=False, header=False, float_format="%.6g")


def main(
    fasta: str,
    *,
    bundle: str,
    where: str,
    regions: Sequence[str],
    target: str,
    gpu: int,
    threads: int,
    cool: str,
    mcool: str,
    pixels: str,
    places: str,
) -> None:
    """Write the predicted map of the regions.

    Parameters
    ----------
    fasta
        Genome or sequences, with its index.
    bundle, where
        Folder of the bundle; config file and key of the entry, for messages.
    regions, target
        As `SequencePlan`.
    gpu, threads
        As `prepare_device`.
    cool, mcool
        Outputs: O/E of each pixel, mean (count) and spread (sd) over the networks.
    pixels
        Output: the same as text, chrom, start1, start2, mean, sd and O/E by each network.
    places
        Output: a row per region, chrom, start, end (of its map, bp), windows, reach (bp), bins,
        and bins without a map.

    Raises
    ------
    UserError
        As `find_regions`; letters that are no nucleotides; predictions that are not finite.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    model = read_bundle(bundle, where)
    networks = [load_network(path) for path in model.weights]
    with pysam.FastaFile(fasta) as genome:
        sizes: Mapping[str, int] = dict(zip(genome.references, genome.lengths, strict=True))
        found = find_regions(regions, sizes, model.inputs, where)
        predictor = RegionPredictor(networks, model, target, genome, fasta)
        offsets = first_bins(sizes, predictor.resolution)
        rows: list[dict] = []
        predicted = np.zeros(offsets[""], bool)

        def tables(out: IO[bytes]) -> Iterator[pd.DataFrame]:
            header = ["chrom", "start1", "start2", "mean", "sd", *model.names]
            out.write(("\t".join(header) + "\n").encode())
            for region in found:
                tiling = Tiling.of(region, predictor.window, predictor.inner)
                unknown = predictor.unknown_bins(region)
                rows.append(describe_region(region, tiling, unknown, predictor.resolution))
                for first, bands in predictor.bands(region, tiling, unknown):
                    table = pixel_table(first, bands, model.names)
                    write_text(table, region.chrom, predictor.resolution, model.names, out)
                    ids = table[["bin1", "bin2"]] + offsets[region.chrom]
                    predicted[ids.to_numpy().ravel()] = True
                    yield pd.DataFrame(
                        {"bin1_id": ids.bin1, "bin2_id": ids.bin2, "count": table["mean"],
                         "sd": table.sd}
                    )  # fmt: skip
                log.info("%s: %d windows, %d bins without a map", region.chrom,
                         rows[-1]["windows"], rows[-1]["unknown"])  # fmt: skip

        about = {
            "made by": "Chromaloom, enhancement", "model": model.facts["model"], "target": target,
            "unit": "observed over expected, predicted",
        }  # fmt: skip
        with atomic_path(pixels) as temporary, gzip_writer(temporary, level=6) as out:
            write_predicted_map(
                tables(out), sizes=sizes, resolution=predictor.resolution, metadata=about,
                mcool=mcool, cool=cool, predicted=predicted,
            )  # fmt: skip
    write_table(pd.DataFrame(rows), places)


def describe_region(region: Region, tiling: Tiling, unknown: np.ndarray, resolution: int) -> dict:
    """Row of the table of regions."""
    inner = unknown[tiling.crop : region.bins - tiling.crop]
    first = region.first + tiling.crop
    return {
        "chrom": region.chrom, "start": first * resolution,
        "end": (first + len(inner)) * resolution, "windows": len(tiling.starts),
        "reach": tiling.reach * resolution, "bins": len(inner), "unknown": int(inner.sum()),
    }  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake)
