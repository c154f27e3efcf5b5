"""A small simulated run of the paper: data, predictions and histories as the rules write them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.evaluation import (
    compare_methods,
    evaluate_deepexpression,
    score_deepexpression,
)
from workflow_scripts.deepexpression.figures import tabulate_data

GENES, BINS, SIZE = 150, 40, 5000
CELLS = ("A", "B", "C")
SCHEMES = ("random5", "random2", "family3")
SEEDS = {"full": (1, 2), "seq": (1,), "hichip_only": (1,), "full_50kb": (1,),
         "full_shuffled": (1,), "full_without_promoter": (1,),
         "full_without_hichip": (1,)}  # fmt: skip
# schemes other than the first have only these, to save time
EVERYWHERE = ("full", "seq", "svm", "lasso")
# standard deviation of each method's error, expression having 1; None: predicts nothing
ERRORS = {
    "classification": {"full": 0.5, "seq": 0.8, "hichip_only": 1.2, "random_forest": 1.0,
                       "svm": 1.4, "logistic": 1.8, "loop_sum": 2.2, "other_cells_mean": 0.6},
    "regression": {"full": 0.5, "full_50kb": 0.65, "seq": 0.8, "hichip_only": 1.2,
                   "full_without_promoter": 1.3, "full_without_hichip": 0.9,
                   "full_shuffled": None, "random_forest": 1.0, "lasso": 1.4, "ridge": 1.1,
                   "linear": 1.8, "loop_sum": 2.2, "other_cells_mean": 0.6},
}  # fmt: skip
CROSS_MODELS = ("full", "random_forest", "lasso", "linear")
FAST = {"method": "gzip", "compresslevel": 1}


def make_data(cell: int, *, hichip: bool = True, genes: int = GENES) -> ExpressionData:
    """A cell whose expression depends on its loops."""
    rng, own = np.random.default_rng(7), np.random.default_rng([7, cell])
    signal = (own.random((genes, BINS)) < 0.08) * own.exponential(1, (genes, BINS))
    shared = rng.normal(0, 0.6, genes)
    expression = 1 + shared + own.normal(0, 0.5, genes) + 0.35 * signal.sum(1)
    return ExpressionData(
        genes=np.array([f"G{g}" for g in range(genes)]), chrom=np.full(genes, "chr1"),
        tss=np.arange(genes) * 12_345, strand=np.array(["+", "-"] * (genes // 2)),
        promoters=rng.integers(0, 4, (genes, 20)).astype("uint8"),
        hichip=(signal if hichip else signal[:, :0]).astype("float32"),
        loops=(signal > 0).sum(1).astype("int32") * hichip,
        counts=np.round(10**expression), expression=expression,
        label=expression >= np.median(expression), family=np.arange(genes),
        half_width=10, resolution=SIZE,
    )  # fmt: skip


def predict(data: ExpressionData, task: str, scheme: str, error: float | None, seed: int):
    """Table of predictions with an error of a given size."""
    rng = np.random.default_rng([seed, len(scheme)])
    number = int(scheme[-1])
    fold = np.random.default_rng(number).permutation(len(data.genes)) % number
    noise = rng.normal(0, 1, len(data.genes))
    levels = noise if error is None else data.expression + error * noise
    if task == "classification":
        levels = 1 / (1 + np.exp(-(levels - np.median(data.expression))))
    return pd.DataFrame({"gene": data.genes, "fold": fold, "truth": data.truth(task),
                         "label": data.label, "prediction": levels})  # fmt: skip


@dataclass
class Run:
    """Files of the run; predictions by cell, task, scheme, model and seed."""

    folder: Path
    data: dict[str, ExpressionData]
    predictions: dict[tuple, str]
    cross: dict[tuple, str]

    def path(self, name: str) -> str:
        return str(self.folder / name)


def write_run(folder: Path, *, hichip: bool = True, cells=CELLS, schemes=SCHEMES) -> Run:
    """Write data, loops, predictions and predictions across cells."""
    run = Run(folder, {}, {}, {})
    folder.mkdir(exist_ok=True)
    loops = pd.DataFrame({"chrom1": "chr1", "start1": [0, 5000], "start2": [50_000, 90_000]})
    for number, cell in enumerate(cells):
        run.data[cell] = make_data(number, hichip=hichip)
        run.data[cell].save(run.path(f"{cell}.npz"))
        loops.to_csv(run.path(f"{cell}.loops.tsv.gz"), sep="\t", index=False)
    quality = {"sample": [f"{c}_1" for c in cells], "valid": 1_234_567, "cis": 900_000}
    pd.DataFrame(quality).to_csv(run.path("quality.tsv"), sep="\t", index=False)
    without = ("seq", "random_forest", "svm", "logistic", "lasso", "ridge", "linear",
               "other_cells_mean")  # fmt: skip
    for task, errors in ERRORS.items():
        for scheme in schemes:
            for place, (model, error) in enumerate(errors.items()):
                if not hichip and model not in without:
                    continue
                if scheme != SCHEMES[0] and model not in EVERYWHERE:
                    continue
                for seed in SEEDS.get(model, (0,)):
                    write_predictions(run, task, scheme, model, seed, error, place)
    return run


def write_predictions(run: Run, task, scheme, model, seed, error, place) -> None:
    """Write a model's predictions in every cell and, for `CROSS_MODELS`, across cells.

    The models of every cell have errors of their own.
    """
    tables = {}
    for number, (cell, data) in enumerate(run.data.items()):
        table = predict(data, task, scheme, error, seed=1000 * seed + 10 * place + number)
        path = run.path(f"{cell}.{task}.{scheme}.{model}.{seed}.tsv.gz")
        table.to_csv(path, sep="\t", index=False, compression=FAST)
        run.predictions[cell, task, scheme, model, seed] = path
        tables[cell] = table
    if model not in CROSS_MODELS or scheme != SCHEMES[0] or len(run.data) < 2:
        return
    rows = []
    for trained in run.data:
        for tested in run.data:
            for fold in sorted(set(tables[tested].fold)) if tested != trained else []:
                own = predict(run.data[tested], task, scheme, error,
                              seed=1000 * seed + 10 * place + ord(trained[-1]))  # fmt: skip
                table = own.assign(trained=trained, tested=tested, seen=own.fold != fold)
                rows.append(table.assign(fold=fold))
    path = run.path(f"cross.{task}.{scheme}.{model}.{seed}.tsv.gz")
    pd.concat(rows).to_csv(path, sep="\t", index=False, compression=FAST)
    run.cross[task, scheme, model, seed] = path


def evaluate(run: Run, layers: str = "", scores=(), cell: str = "A") -> pd.DataFrame:
    """Run everything from predictions to metrics.tsv; returns the metrics."""
    hichip = next(iter(run.data.values())).hichip.shape[1] > 0
    score_deepexpression.main(run.predictions, run.cross, fold_scores=run.path("folds.tsv"),
                              cross_scores=run.path("cross.tsv"))  # fmt: skip
    compare_methods.main(run.path("folds.tsv"), tests=run.path("tests.tsv"),
                         variances=run.path("variances.tsv"))  # fmt: skip
    loops = {c: run.path(f"{c}.loops.tsv.gz") for c in run.data} if hichip else {}
    tabulate_data.main(
        {c: run.path(f"{c}.npz") for c in run.data}, loops,
        quality=run.path("quality.tsv") if hichip else "", hichip={c: [f"{c}_1"] for c in loops},
        rna=dict.fromkeys(run.data, 2), summary=run.path("summary.tsv"),
        genes=run.path("genes.tsv.gz"),
    )  # fmt: skip
    evaluate_deepexpression.main(
        fold_scores=run.path("folds.tsv"), cross_scores=run.path("cross.tsv"),
        tests=run.path("tests.tsv"), variances=run.path("variances.tsv"),
        summary=run.path("summary.tsv"), layers=layers, cell=cell,
        scores=list(scores), scheme=SCHEMES[0], metrics=run.path("metrics.tsv"),
    )  # fmt: skip
    return pd.read_csv(run.path("metrics.tsv"), sep="\t")


def write_history(folder: Path, folds: int, score: str = "valid_score") -> str:
    """Write a history of learning curves to a folder of models; returns the folder."""
    folder.mkdir(parents=True)
    rows = [
        dict(fold=fold, member=0, epoch=epoch, loss=1 / epoch + 0.1 * fold, best=epoch == 4,
             **{score: 0.6 - 0.4 / epoch})
        for fold in range(folds) for epoch in range(1, 6)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "history.tsv", sep="\t", index=False)
    return str(folder)
