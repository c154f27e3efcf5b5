"""A small run with bundles of all its models, and their use on its own cell."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import cooler
import numpy as np
import pandas as pd

from workflow_scripts.conformation.apply import apply_conformation, bundle_conformation, scale_map
from workflow_scripts.conformation.apply.inputs import WINDOW_MODELS
from workflow_scripts.conformation.baselines import fit_ridge
from workflow_scripts.conformation.data import build_conformation
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.pairs import split_segments
from workflow_scripts.conformation.evaluation import predict_sigma
from workflow_scripts.conformation.evaluation.predict_maps import predict_test_map
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.models.networks import build_backward, build_forward
from workflow_scripts.conformation.models.pairwise import build_pairwise, predict_band

W, FACTORS, SIZE = 6, ["A", "B", "C"], 1000
SIZES = {"chr1": 60_000, "chr2": 40_000, "small": 5_000}
BINS = {chrom: size // SIZE for chrom, size in SIZES.items()}
SEEDS = {"forward": [1, 2], "linear": [1], "pairwise": [1, 2], "ridge": [0]}
MARGIN = 2  # of the pairwise network
CHR2 = slice(60, 100)
SETTINGS = {
    "resolution": SIZE, "window": W, "scale": {"rule": "none"}, "expected": "chromosome",
    "regions": [], "test_regions": ["chr2"], "valid_regions": [], "valid_fraction": 0.4,
    "split": "blocked", "gap": 0, "trim": 0,
}  # fmt: skip
SIGNAL = {"value": "signal", "over_control": False}
SIGMA = {"sigma": "sigma.bw", "sigma_bins": "sigma.tsv.gz"}
BACKWARD_FILES = {
    "backward": "backward.bw", "backward_bins": "backward.tsv.gz",
    "map_discrepancy": "map.bw", "sigma_discrepancy": "discrepancy.bw",
    "discrepancies": "discrepancy.tsv.gz",
}  # fmt: skip


@cache
def profiles() -> np.ndarray:
    return np.random.default_rng(0).random((3, sum(BINS.values()))).astype("float32")


@cache
def networks(model: str) -> list:
    if model == "pairwise":
        return [
            build_pairwise(
                profiles(), window=W, channels=3, kernel_size=2 * MARGIN + 1, hidden_units=4,
                distance_functions=2, factor_dropout=0, seed=seed,
            )
            for seed in SEEDS[model]
        ]  # fmt: skip
    if model == "backward":
        return [build_backward(window=W, hidden_units=[8], seed=s) for s in SEEDS["forward"]]
    return [
        build_forward(
            n_factors=3, window=W, hidden_units=[8], output_bias=1.0, linear=model == "linear",
            seed=seed,
        )
        for seed in ([] if model == "ridge" else SEEDS[model])
    ]  # fmt: skip


def genome() -> pd.DataFrame:
    return cooler.util.binnify(pd.Series(SIZES), SIZE)


def write_inputs(folder: Path, values: np.ndarray, factors=FACTORS) -> None:
    """Chromosome lengths and tracks."""
    (folder / "sizes").write_text("".join(f"{n}\t{s}\n" for n, s in SIZES.items()))
    for factor, row in zip(factors, values, strict=True):
        table = genome().astype({"chrom": str}).assign(value=row.astype(float))
        table.to_csv(folder / f"{factor}.tsv.gz", sep="\t", index=False)


def write_map(path: Path, chroms=("chr1", "chr2"), weighted: bool = True, size: int = SIZE) -> str:
    """A .cool of random counts up to ten bins, balanced by random weights; bin 7 is masked."""
    rng = np.random.default_rng(3)
    sizes = {chrom: SIZES[chrom] for chrom in chroms}
    bins = cooler.util.binnify(pd.Series(sizes), size)
    if weighted:
        bins["weight"] = rng.uniform(0.5, 1, len(bins))
        bins.loc[7, "weight"] = np.nan
    one, distance = (values.ravel() for values in np.indices((len(bins), 10)))
    two = one + distance
    inside = two < len(bins)
    one, two = one[inside], two[inside]
    cis = bins.chrom.to_numpy()[one] == bins.chrom.to_numpy()[two]
    pixels = pd.DataFrame({"bin1_id": one[cis], "bin2_id": two[cis]})
    counts = rng.poisson(40 / (1 + pixels.bin2_id - pixels.bin1_id))
    cooler.create_cooler(str(path), bins, pixels.assign(count=counts))
    return str(path)


def make_run(folder: Path) -> SimpleNamespace:
    """Write data, networks and bundles of a run whose test split is chr2."""
    write_inputs(folder, profiles())
    contacts, dataset = write_map(folder / "map.cool"), str(folder / "data.npz")
    tracks = [str(folder / f"{factor}.tsv.gz") for factor in FACTORS]
    build_conformation.main(
        contacts, tracks, str(folder / "sizes"), factors=FACTORS, settings=SETTINGS,
        dataset=dataset,
    )  # fmt: skip
    (folder / "metrics.tsv").write_text("model\tsample\tsplit\tseed\tmetric\tvalue\tn\n")
    fit_ridge.main(
        dataset, alphas=[0.1], min_distance=SIZE, refit=True, seed=0, shuffled=False,
        weights=str(folder / "ridge.0.npz"), record=str(folder / "ridge.json"),
        prediction=str(folder / "ridge.map.npz"),
    )  # fmt: skip
    for model, seeds in SEEDS.items():
        files = saved(folder, model, seeds)
        backward = saved(folder, "backward", seeds) if model == "forward" else []
        bundle_conformation.main(
            dataset, contacts, files, str(folder / "metrics.tsv"), backward=backward, cell="A",
            kind=model, seeds=seeds, assembly="dm6", signal=SIGNAL, scale=SETTINGS["scale"],
            regions=[], expected="chromosome",
            evaluation={"min_distance": 2 * SIZE, "distances": [3 * SIZE]}, settings={},
            model=str(folder / model / "model.yaml"),
        )  # fmt: skip
    return SimpleNamespace(folder=folder, data=ConformationData.load(dataset), contacts=contacts)


def saved(folder: Path, model: str, seeds: list[int]) -> list[str]:
    """Files of networks; those of ridge exist."""
    suffix = "npz" if model == "ridge" else "keras"
    files = [str(folder / f"{model}.{seed}.{suffix}") for seed in seeds]
    for network, path in zip(networks(model), files, strict=False):
        network.save(path)
    return files


def apply_to(run, out, model="forward", regions=("chr2",), contacts="", inputs=None) -> Path:
    """Apply a bundle to the run's tracks, or those in folder `inputs`; the folder of its files."""
    inputs, out = inputs or run.folder, Path(out)
    files = {"mcool": "predicted.mcool"} | (SIGMA if model == "forward" else {})
    if contacts:
        files |= {"scores": "scores.tsv"} | (BACKWARD_FILES if model == "forward" else {})
    apply_conformation.main(
        [str(inputs / f"{factor}.tsv.gz") for factor in FACTORS], str(inputs / "sizes"),
        bundle=str(run.folder / model), where="w", cell="A", factors=FACTORS,
        regions=list(regions), map_file=contacts, gpu=0, threads=1,
        files={key: str(out / name) for key, name in files.items()},
    )  # fmt: skip
    scale_map.main(
        str(out / "predicted.mcool"), [contacts] if contacts else [], str(inputs / "sizes"),
        bundle=str(run.folder / model), where="w", map_file=contacts,
        scaled=str(out / "contacts.mcool"),
    )  # fmt: skip
    return out


def read_band(path: Path, column: str = "count") -> np.ndarray:
    """A column of a predicted map as band of all bins, NaN where there is no pixel."""
    clr = cooler.Cooler(f"{path}::/resolutions/{SIZE}")
    pixels = clr.pixels()[:]
    band = np.full((len(clr.bins()), W), np.nan)
    band[pixels.bin1_id, pixels.bin2_id - pixels.bin1_id] = pixels[column]
    return band


def own_maps(run, model: str) -> list[MapPrediction]:
    """Predictions of the test split as the run writes them."""
    data = run.data
    if model == "ridge":
        return [MapPrediction.load(run.folder / "ridge.map.npz")]
    if model in WINDOW_MODELS:
        return [predict_test_map(network, data, data.profiles) for network in networks(model)]
    test = split_segments(data)["test"]
    logs = [predict_band(n, data.profiles, test, W, MARGIN) for n in networks(model)]
    return [MapPrediction.from_band(data, np.exp(band)) for band in logs]


def own_sigma(run, folder: Path) -> list[pd.DataFrame]:
    """Tables of σ as the run writes them, one per seed; values as text.

    Beside them in the folder is windows.SEED, the correlation of both σ within each window.
    """
    names = ("sigma", "weights", "windows", "record", "from_backward", "from_smoothed")
    tables = []
    for seed, forward, backward in zip(
        SEEDS["forward"], networks("forward"), networks("backward"), strict=True
    ):
        predict_sigma.write_sigma(
            run.data, forward, backward, widths=[1.0], seed=seed,
            files={name: str(folder / f"{name}.{seed}") for name in names},
        )  # fmt: skip
        as_text = {"sep": "\t", "dtype": str, "compression": "gzip"}
        tables.append(pd.read_csv(folder / f"sigma.{seed}", **as_text))
    return tables
