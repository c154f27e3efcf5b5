"""Write the bundle of a cell's trained networks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.ml.bundles import LICENSE, card_text, score_rows, write_bundle
from workflow_scripts.chromaloom.ml.calibration import calibration_text, ensemble_calibration
from workflow_scripts.chromaloom.ml.splits import PARTS
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepchrome.data.marks import Marks

ABOUT = [
    "Probability that a gene is expressed above the median of all genes, from histone marks in bins"
    " around its transcription start (Singh et al. 2016, doi:10.1093/bioinformatics/btw427).",
    "Good for: ranking the genes of a cell by expected activity where marks but no RNA-seq are at"
    " hand. The networks see counts: another sequencing depth, antibody or pipeline shifts the"
    " probabilities more than the ranks.",
    "Not for: amounts of expression; the effect of one mark (the networks know associations only);"
    " cells whose marks are in another unit.",
    "The test genes are of the training cell. Scores on other cells are lower: see"
    " cross_cell.tsv of the run.",
]


def depth_of(data: Marks) -> dict[str, float]:
    """Mean value per bin of each mark, over all genes."""
    means = data.values.mean(axis=(0, 1), dtype="float64")
    return {str(mark): float(mean) for mark, mean in zip(data.marks, means, strict=True)}


def describe(data: Marks, *, cell: str, signal: Mapping[str, Any]) -> dict:
    """Facts of model.yaml about the inputs; `signal` as of `main`."""
    units = {str(mark): str(unit) for mark, unit in zip(data.marks, data.unit, strict=True)}
    bin_size, n_bins = signal.get("bin_size"), data.values.shape[1]
    return {
        "cell": cell,
        "inputs": {
            "marks": list(units),
            "unit": {mark: unit or signal.get("unit") for mark, unit in units.items()},
            "bin_size": bin_size,
            "n_bins": n_bins,
            "orient": signal.get("orient"),
            # bp from the transcription start
            "window": [-bin_size * n_bins // 2, bin_size * n_bins // 2] if bin_size else None,
            "assembly": signal.get("assembly"),
            "chromosomes": sorted({str(chrom) for chrom in data.chrom if chrom}),
            "mean_per_bin": depth_of(data),
        },
    }


def calibration(predictions: str) -> dict[str, dict]:
    """Calibration on the genes of validation and test, from a table of predictions by seed."""
    columns = ["seed", "split", "gene_id", "label", "score"]
    table = pd.read_csv(predictions, sep="\t", usecols=columns)
    found = {}
    for split in ("valid", "test"):
        rows = table[table.split == split]
        if len(rows):
            scores = rows.pivot_table(index="gene_id", columns="seed", values="score")
            labels = rows.drop_duplicates("gene_id").set_index("gene_id").label
            found[split] = ensemble_calibration(scores, labels[scores.index])
    return found


def main(
    dataset: str,
    networks: list[str],
    metrics: str,
    predictions: str,
    *,
    cell: str,
    seeds: list[int],
    signal: dict,
    label_order: str,
    settings: dict,
    model: str,
) -> None:
    """Write the bundle of a cell.

    Parameters
    ----------
    dataset, networks, metrics, predictions
        `Marks` NPZ of the cell; its networks, one per seed; metrics.tsv of the run; predictions of
        the cell's genes by all networks.
    cell, seeds
        Name of the cell; seed of each network.
    signal
        `bin_size` (bp), `orient` and `assembly` of the values, of ready tables also `unit`; what is
        missing is not known.
    label_order
        As in the config.
    settings
        Settings of the training, to be stored.
    model
        Output: model.yaml in the folder of the bundle.
    """
    data = Marks.load(dataset)
    facts = {
        "paper": "deepchrome",
        "model": "deepchrome",
        "citation": "Singh et al. 2016, doi:10.1093/bioinformatics/btw427",
        "license": LICENSE,
        **describe(data, cell=cell, signal=signal),
        "outputs": {
            "unit": "probability of expression above the median of all genes",
            "label_order": label_order,
        },
        "training": {
            "genes": {name: int((data.split == name).sum()) for name in PARTS},
            "data_sha256": fingerprint({}, data.values, data.gene_id, data.label, data.split),
            "seeds": list(seeds),
            **settings,
        },
        "metrics": score_rows(metrics, cell),
        "calibration": calibration(predictions),
    }
    card = card_text(f"DeepChrome, trained on {cell}", ABOUT, facts, "roc_auc")
    card += calibration_text(facts)
    files = {f"seed{seed}": path for seed, path in zip(seeds, networks, strict=True)}
    write_bundle(Path(model).parent, facts, files, card)


if __name__ == "__main__":
    run_script(main, snakemake)
