"""Write the bundle of a cell's trained networks of one task and model."""

import logging
from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.ml.bundles import LICENSE, card_text, score_rows, write_bundle
from workflow_scripts.chromaloom.ml.calibration import calibration_text, ensemble_calibration
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepexpression.apply.inputs import FOLDS
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import read_folds
from workflow_scripts.deepexpression.evaluation.scores import main_metric

log = logging.getLogger("chromaloom")
ABOUT = [
    "Expression of genes from the sequence around their transcription start, and with model full"
    " from HiChIP loops too (Zeng et al. 2018, doi:10.1101/341214).",
    "One network per fold of the cross-validation and seed. Of the genes of the training cell use"
    " the column held_out, which is of the networks that did not see them; the mean over all"
    " networks is for other sequences.",
    "Not for: the difference between cells that have the same sequence (model seq), and effects of"
    " single bases, for which it was not tested.",
]


def describe(data: ExpressionData, *, model: str, assembly: str, orient_by_strand: bool) -> dict:
    """Facts of model.yaml about the inputs."""
    bins = data.hichip.shape[1]
    loops = {
        "half_width": bins * data.resolution // 2,
        "orient_by_strand": orient_by_strand,
        "unit": "log2(1 + count normalized by library size)",
    }
    full = model != "seq"
    return {
        "alphabet": "ACGT; other letters are unknown",
        "half_width": data.half_width,
        "window": [-data.half_width, data.half_width],
        "orientation": "direction of the gene",
        "assembly": assembly or None,
        "hichip": loops if full else None,
        "resolution": data.resolution if full else None,
    }


def calibration(predictions: list[str]) -> dict[str, dict]:
    """Calibration on all genes, each by the networks that it was held out from, one per seed."""
    tables = [pd.read_csv(path, sep="\t") for path in predictions]
    scores = pd.concat([table.prediction for table in tables], axis=1, keys=range(len(tables)))
    return {"held_out": ensemble_calibration(scores, tables[0].label)}


def main(
    dataset: str,
    folds: str,
    folders: list[str],
    metrics: str,
    predictions: list[str],
    *,
    cell: str,
    task: str,
    network: str,
    scheme: str,
    seeds: list[int],
    assembly: str,
    orient_by_strand: bool,
    settings: dict,
    model: str,
) -> None:
    """Write the bundle of a cell, task and model.

    Parameters
    ----------
    dataset, folds, metrics
        Data of the cell, folds of its genes, metrics.tsv of the run.
    predictions
        Predictions of the genes by the networks that they were held out from, of each seed.
    folders, seeds
        Folder of the folds' networks of each seed.
    cell, task, network, scheme
        Cell; regression or classification; seq or full; cross-validation scheme.
    assembly, orient_by_strand, settings
        Genome, `hichip.orient_by_strand`, and settings of the training.
    model
        Output: model.yaml in the folder of the bundle.
    """
    data, table = ExpressionData.load(dataset), read_folds(folds)
    metric = main_metric(task)
    unit = "probability that expression is at or above the median of the cell's genes"
    if task == "regression":
        unit = "log10(reads + pseudocount), normalized over the cells of the training run"
    facts = {
        "paper": "deepexpression",
        "model": network,
        "citation": "Zeng et al. 2018, doi:10.1101/341214",
        "license": LICENSE,
        "cell": cell,
        "inputs": describe(
            data, model=network, assembly=assembly, orient_by_strand=orient_by_strand
        ),
        "outputs": {"task": task, "unit": unit},
        "training": {
            "genes": len(data.genes),
            "data_sha256": fingerprint(
                {}, data.promoters, data.hichip, data.truth(task), data.genes
            ),
            "scheme": scheme,
            "seeds": list(seeds),
            **settings,
        },
        "metrics": score_rows(metrics, cell, metric),
        "calibration": calibration(predictions) if task == "classification" else None,
    }
    files = {
        f"seed{seed}_fold{fold}": Path(folder, f"fold{fold}.keras")
        for seed, folder in zip(seeds, folders, strict=True)
        for fold in range(table.number)
    }
    title = f"DeepExpression, model {network}, {task}, trained on {cell}"
    card = card_text(title, ABOUT, facts, metric) + calibration_text(facts)
    held_out = pd.DataFrame({"gene_id": table.genes, "fold": table.fold})
    texts = {FOLDS: held_out.to_csv(sep="\t", index=False, lineterminator="\n")}
    write_bundle(Path(model).parent, facts, files, card, texts)
    log.info("%d networks, %d genes", len(files), len(data.genes))


if __name__ == "__main__":
    run_script(main, snakemake)
