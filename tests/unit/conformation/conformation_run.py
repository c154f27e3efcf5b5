"""A small synthetic run: data, predictions, and the tables that the evaluation reads."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import split_first_bins, window_maps
from workflow_scripts.conformation.evaluation.predictions import MapPrediction

W, N, SIZE = 6, 200, 10_000


SEEDS = (1, 2)


# standard deviation of each model's error in log O/E; None: the mean by distance
ERRORS = {"forward": 0.4, "forward_pairwise": 0.2, "ridge": 0.3, "linear": 0.8,
          "forward_from_backward": 0.5, "forward_from_smoothed": 0.5, "mean": None}  # fmt: skip


FACTORS = ["H1", "H3K27me3", "RNA Pol II", "CTCF", "unpublished"]


@dataclass
class Run:
    """Files of the run: by cell, by (cell, model, seed), or by seed."""

    folder: Path
    data: ConformationData
    predictions: dict[tuple[str, int], str]

    def of_seed(self, name: str) -> dict[int, str]:
        return {seed: str(self.folder / f"A.seed{seed}.{name}") for seed in SEEDS}

    def path(self, name: str) -> str:
        return str(self.folder / name)


def make_data(seed: int = 0) -> ConformationData:
    rng = np.random.default_rng(seed)
    state = np.repeat(rng.random(N // 5) < 0.5, 5) * 2.0 - 1
    band = np.full((N, W), np.nan)
    for d in range(W):
        noise = rng.normal(0, 0.2, N - d)
        band[: N - d, d] = np.exp(0.6 * state[: N - d] * state[d:] + noise)
    masked = 150
    band[masked] = np.nan
    band[masked - np.arange(W), np.arange(W)] = np.nan
    split = np.where(np.arange(N) < 60, "train", np.where(np.arange(N) < 100, "valid", "test"))
    return ConformationData(
        profiles=rng.random((len(FACTORS), N)).astype("float32"), factors=np.array(FACTORS),
        chrom=np.full(N, "chr2L"), start=np.arange(N) * SIZE, end=(np.arange(N) + 1) * SIZE,
        oe=band.astype("float32"), split=split, resolution=SIZE, window=W,
    )  # fmt: skip


def predict(data: ConformationData, band: np.ndarray) -> MapPrediction:
    """Prediction whose windows are those of a band of O/E."""
    first_bins = split_first_bins(data, "test")
    return MapPrediction.from_windows(data, first_bins, window_maps(band, first_bins, data.window))


def write_run(folder: Path) -> Run:
    data, predictions = make_data(), {}
    data.save(folder / "A.npz")
    truth = np.nan_to_num(np.log(data.oe))
    for model, error in ERRORS.items():
        for seed in SEEDS if error and model != "ridge" else [0]:
            rng = np.random.default_rng([seed, len(model)])
            logs = truth + rng.normal(0, error, truth.shape) if error else 0 * truth
            predictions[model, seed] = str(folder / f"{model}.seed{seed}.npz")
            predict(data, np.exp(logs)).save(predictions[model, seed])
    shuffled = np.exp(np.random.default_rng(9).normal(0, 0.5, truth.shape))
    predictions["forward_shuffled", 1] = str(folder / "shuffled.npz")
    predict(data, shuffled).save(predictions["forward_shuffled", 1])
    run = Run(folder, data, predictions)
    place = pd.DataFrame({"chrom": data.chrom, "start": data.start, "end": data.end})
    active = data.oe[:, 0] > 1.8
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        sigma = np.clip(0.2 + 0.7 * active + rng.normal(0, 0.05, N), 0, 1)
        table = place.assign(split=data.split, sigma=sigma, smoothed=sigma,
                             backward=np.where(data.split == "test", 1 - sigma, np.nan),
                             )  # fmt: skip
        table.to_csv(run.of_seed("sigma.tsv.gz")[seed], sep="\t", index=False)
        weights = pd.DataFrame({"factor": FACTORS, "weight": [-1.5, 0.5, 1.0, 2.0 + seed, 0.1]})
        weights.to_csv(run.of_seed("weights.tsv")[seed], sep="\t", index=False)
        first_bins = split_first_bins(data, "test")
        within = pd.DataFrame(
            {"first_bin": first_bins, "window_r": rng.uniform(0, 1, len(first_bins))}
        )
        within.to_csv(run.of_seed("windows.tsv")[seed], sep="\t", index=False)
        Path(run.of_seed("run.json")[seed]).write_text(json.dumps({"smoothing_width": 2.0}))
        epochs = np.arange(1, 6)
        history = pd.DataFrame({"epoch": epochs, "loss": 1 / epochs, "valid_r": epochs / 10,
                                "best": epochs == 5})  # fmt: skip
        history.to_csv(run.of_seed("history.tsv")[seed], sep="\t", index=False)
    known = place.assign(score=1.0, active=np.where(active, "True", "False"),
                         state=np.where(active, "YELLOW", "BLACK"))  # fmt: skip
    known.loc[::20, ["active", "state"]] = ""
    known.to_csv(run.path("A.annotation.tsv.gz"), sep="\t", index=False)
    rows = [("forward", "profiles", "InputLayer", 18, 5, 0),
            ("forward", "sigma", "Conv1D", 18, 1, 6),
            ("forward", "hidden_1", "Dense", 30, 1, 570),
            ("forward", "pixels", "Dense", 21, 1, 651),
            ("backward", "pixels", "InputLayer", 21, 1, 0),
            ("backward", "hidden_1", "Dense", 10, 1, 220),
            ("backward", "sigma", "Dense", 6, 1, 66)]  # fmt: skip
    names = ["network", "layer", "kind", "length", "channels", "parameters"]
    pd.DataFrame(rows, columns=names).to_csv(run.path("layers.tsv"), sep="\t", index=False)
    return run


def evaluate(run: Run, published: str, folder: Path | None = None, **changes) -> pd.DataFrame:
    """Evaluate the run; write metrics.tsv and distance.tsv to a folder, and return the metrics."""
    folder = folder or run.folder
    from workflow_scripts.conformation.evaluation.evaluate_conformation import main

    def keyed(name):
        return {("A", seed): path for seed, path in run.of_seed(name).items()}

    arguments = dict(
        datasets={"A": run.path("A.npz")},
        annotations={"A": run.path("A.annotation.tsv.gz")},
        layers={"A": run.path("layers.tsv")},
        predictions={("A", *key): path for key, path in run.predictions.items()},
        sigma=keyed("sigma.tsv.gz"), windows=keyed("windows.tsv"), records=keyed("run.json"),
        weights=keyed("weights.tsv"), published=published, roles=[], min_distance=20_000,
        distances=[30_000], refitted=["ridge", "forward_pairwise"], seed=1, scores=[],
        metrics=str(folder / "metrics.tsv"),
        by_distance=str(folder / "distance.tsv"),
    )  # fmt: skip
    main(**arguments | changes)
    return pd.read_csv(folder / "metrics.tsv", sep="\t")
