"""Write the bundle of a cell's trained networks."""

from pathlib import Path

from workflow_scripts.chromaloom.ml.bundles import LICENSE, card_text, score_rows, write_bundle
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


def describe(
    data: Marks, *, cell: str, n_bins: int, bin_size: int | None, orient: bool | None, assembly: str
) -> dict:
    """Facts of model.yaml about the inputs; bin size, orientation and assembly may be unknown."""
    units = {str(m): str(u) or None for m, u in zip(data.marks, data.unit, strict=True)}
    return {
        "cell": cell,
        "inputs": {
            "marks": [str(mark) for mark in data.marks],
            "unit": units,
            "bin_size": bin_size,
            "n_bins": n_bins,
            "orient": orient,
            # bp from the transcription start
            "window": [-bin_size * n_bins // 2, bin_size * n_bins // 2] if bin_size else None,
            "assembly": assembly or None,
            "chromosomes": sorted({str(chrom) for chrom in data.chrom if chrom}),
            "mean_per_bin": depth_of(data),
        },
    }


def main(
    dataset: str,
    networks: list[str],
    metrics: str,
    *,
    cell: str,
    seeds: list[int],
    tables: bool,
    tss_bins: dict,
    assembly: str,
    label_order: str,
    settings: dict,
    model: str,
) -> None:
    """Write the bundle of a cell.

    Parameters
    ----------
    dataset, networks, metrics
        `Marks` NPZ of the cell; its networks, one per seed; metrics.tsv of the run.
    cell, seeds
        Name of the cell; seed of each network.
    tables
        Whether the marks are from ready tables, whose bins and assembly are not known.
    tss_bins, assembly
        Config section; genome of the cell.
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
        **describe(
            data,
            cell=cell,
            n_bins=data.values.shape[1],
            bin_size=None if tables else tss_bins["bin_size"],
            orient=None if tables else tss_bins["orient"],
            assembly=assembly,
        ),
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
    }
    card = card_text(f"DeepChrome, trained on {cell}", ABOUT, facts, "roc_auc")
    files = {f"seed{seed}": path for seed, path in zip(seeds, networks, strict=True)}
    write_bundle(Path(model).parent, facts, files, card)


if __name__ == "__main__":
    run_script(main, snakemake)
