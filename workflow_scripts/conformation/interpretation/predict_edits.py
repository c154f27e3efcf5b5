"""In-silico edits: the predicted change of the map when profiles of a region are altered."""

import logging
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.conformation.config.edit_plan import Edit
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.pairwise_stretches import predict_band
from workflow_scripts.conformation.data.windows import (
    Segment,
    flip_maps,
    flip_profiles,
    window_profiles,
)
from workflow_scripts.conformation.interpretation.edits import (
    Place,
    apply_edit,
    compare_bands,
    find_place,
    window_band,
    within,
)

# the layers of the network of pairs must be known before one is read
from workflow_scripts.conformation.models.pairwise import build_pairwise  # noqa: F401

log = logging.getLogger("chromaloom")

PAIRWISE = "forward_pairwise"


def predict_windows(
    network: keras.Model, profiles: np.ndarray, firsts: np.ndarray, w: int
) -> np.ndarray:
    """Maps (W, P) of windows, the mean of reading them from either side."""
    values = window_profiles(profiles, firsts, w)
    ahead, back = (
        network.predict(x, batch_size=256, verbose=0) for x in (values, flip_profiles(values))
    )
    return (ahead + flip_maps(back, w)) / 2


def predict_shown(network: keras.Model, profiles: np.ndarray, place: Place, w: int) -> np.ndarray:
    """Predicted O/E of the bins shown, float64 (n, w), by a network of windows or of pairs."""
    if network.name != PAIRWISE:
        return window_band(partial(predict_windows, network, w=w), profiles, place, w)
    reach = network.get_layer("describe").width // 2
    low, high = place.shown
    stretch = Segment("", "", max(place.run[0], low - reach), min(place.run[1], high + reach))
    band = np.exp(predict_band(network, profiles, [stretch], w, reach)[low:high])
    return within(band)


def change_table(data: ConformationData, edit: Edit, place: Place, model: str, found: dict):
    """Pixels of the bins shown, one row each; observed O/E beside the predicted one."""
    low, high = place.shown
    i, d = np.indices(found["before"].shape)
    i, d = i[i + d < high - low], d[i + d < high - low]
    edited = np.zeros(len(data.part), bool)
    edited[slice(*place.edited)] = True
    one, two = low + i, low + i + d
    return pd.DataFrame(
        {
            "edit": edit.name,
            "cell": edit.cell,
            "model": model,
            "chrom": data.chrom[one],
            "start1": data.start[one],
            "end1": data.end[one],
            "start2": data.start[two],
            "end2": data.end[two],
            "edited1": edited[one].astype(int),
            "edited2": edited[two].astype(int),
            "observed": data.oe[one, d],
            **{name: band[i, d] for name, band in found.items()},
        }
    )


def main(
    edits: list[Edit],
    datasets: dict[str, str],
    weights: dict[tuple[str, str], list[str]],
    *,
    where: str,
    seed: int,
    gpu: int,
    threads: int,
    maps: list[str],
    tables: list[str],
) -> None:
    """Write an NPZ and a table per edit.

    The NPZ holds chrom, start, end, edited (n bins shown: the edited ones and w on either side),
    model (names), and before, after, log2_ratio, spread: float32, shape=(models, n, w), pixel
    [bin, d] of bins that many apart; mean over the seeds of a model, NaN where no window holds the
    pixel. Windows may lie in any part of the split: the log says where an edit is trained on.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = {cell: ConformationData.load(path) for cell, path in datasets.items()}
    # all places before any prediction: a mistake in the last edit is told at once
    places = [find_place(data[edit.cell], edit, where) for edit in edits]
    networks = {
        key: [keras.models.load_model(path, compile=False) for path in paths]
        for key, paths in weights.items()
    }
    for edit, place, map_path, table_path in zip(edits, places, maps, tables, strict=True):
        of = data[edit.cell]
        parts = ", ".join(dict.fromkeys(of.part[slice(*place.edited)].tolist()))
        profiles = apply_edit(of.profiles, of.factors, edit, place.edited)
        changed = int((profiles != of.profiles).sum())
        log.info("edit %s (%s): %d values change, in part %s", edit.name, edit.said, changed, parts)
        if not changed:
            log.warning("edit %s changes no profile: its map stays as it is", edit.name)
        models = [model for cell, model in networks if cell == edit.cell]
        found = {}
        for model in models:
            bands = [
                [
                    predict_shown(network, values, place, of.window)
                    for network in networks[edit.cell, model]
                ]
                for values in (of.profiles, profiles)
            ]
            found[model] = compare_bands(*map(np.stack, bands))
            largest = np.nanmax(np.abs(found[model]["log2_ratio"]), initial=0)
            log.info("edit %s, %s: largest |log2 ratio| %.3f", edit.name, model, largest)
        shown = slice(*place.shown)
        inside = np.zeros(len(of.part), bool)
        inside[slice(*place.edited)] = True
        with atomic_path(map_path) as temporary, Path(temporary).open("wb") as handle:
            np.savez_compressed(
                handle,
                chrom=of.chrom[shown],
                start=of.start[shown],
                end=of.end[shown],
                edited=inside[shown],
                model=np.array(models),
                **{n: np.stack([found[m][n] for m in models]) for n in found[models[0]]},
            )
        rows = [change_table(of, edit, place, model, found[model]) for model in models]
        write_table(pd.concat(rows), table_path, float_format="%.5g")


if __name__ == "__main__":
    with script_job(snakemake):
        params = snakemake.params
        files = iter(snakemake.input.weights)
        main(
            [Edit(**edit) for edit in params.edits],
            dict(zip(params.cells, snakemake.input.datasets, strict=True)),
            {
                (cell, model): [next(files) for _ in seeds]
                for cell in params.cells
                for model, seeds in params.models.items()
            },
            where=params.where,
            seed=params.seed,
            gpu=snakemake.resources.gpu,
            threads=snakemake.threads,
            maps=list(snakemake.output.maps),
            tables=list(snakemake.output.tables),
        )
