"""Write the bundle of a model of a cell: its networks, or the coefficients of ridge."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.genomics.contacts import diagonal_means
from workflow_scripts.chromaloom.ml.bundles import LICENSE, card_text, score_rows, write_bundle
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.conformation.apply.inputs import BACKWARD
from workflow_scripts.conformation.data.build_conformation import read_bands
from workflow_scripts.conformation.data.dataset import ConformationData

TITLES = {
    "forward": "forward network",
    "linear": "linear network",
    "pairwise": "pairwise network",
    "ridge": "ridge regression",
}
PAPER = (
    "Contact map (observed over expected) from profiles of chromatin factors (Farré et al. 2018,"
    " doi:10.1186/s12859-018-2286-z)"
)
ABOUT = {
    "forward": f"{PAPER}. Between the two is σ, one value per bin.",
    "linear": f"{PAPER}, by the forward network without hidden layers and nonlinearities, a"
    " baseline.",
    "pairwise": f"{PAPER}, by a network that is not in the paper: one small network for all pairs"
    " of bins, from the two bins, the interval between them, and their distance.",
    "ridge": f"{PAPER}, by ridge regression on features of pairs of bins, a baseline.",
}
LIMITS = [
    "Good for: the domains of another cell or chromosome with the same factors, up to the width of"
    " a window.",
    "Not for: contacts beyond a window, loops of single anchors, other species or other factors."
    " Profiles are scaled within each cell: a factor that is lost everywhere is not seen.",
]
METRIC = "log_map_r"
EXPECTED = "balanced contacts; those of a bin sum to 1"


def expected_by_distance(data: ConformationData, contacts: str) -> list[float | None]:
    """Mean balanced contacts of bins at distances 0 to w - 1, over the chromosomes of the data."""
    bands = read_bands(contacts, data.chrom.tolist(), resolution=data.resolution, w=data.window)
    means = diagonal_means(*bands.values())
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in means]


def main(
    dataset: str,
    contacts: str,
    networks: list[str],
    metrics: str,
    *,
    backward: Sequence[str] = (),
    cell: str,
    kind: str,
    seeds: list[int],
    assembly: str,
    signal: dict,
    scale: dict,
    regions: list[str],
    expected: str,
    evaluation: dict,
    settings: dict,
    model: str,
) -> None:
    """Write the bundle of a cell.

    Parameters
    ----------
    dataset, contacts, networks, metrics
        Data and contact map (.mcool) of the cell; network of each seed; metrics.tsv of the run.
    backward
        Backward network of each seed, of the forward networks.
    cell, kind, seeds, assembly
        Name of the cell; model, a key of `TITLES`; seed of each network; genome.
    signal, scale, regions, expected, evaluation
        Config section `signal`; the keys scale, regions and expected of `conformation`; those of
        its section `evaluate` that the metrics depend on.
    settings
        Settings of the training, to be stored.
    model
        Output: model.yaml in the folder of the bundle.
    """
    data = ConformationData.load(dataset)
    facts = {
        "paper": "conformation",
        "model": kind,
        "citation": "Farré et al. 2018, doi:10.1186/s12859-018-2286-z",
        "license": LICENSE,
        "cell": cell,
        "inputs": {
            "factors": [str(name) for name in data.factors],
            "resolution": data.resolution,
            "window": data.window,
            "scale": dict(scale),
            "regions": list(regions),
            "expected": expected,
            "signal_value": signal["value"],
            "over_control": signal["over_control"],
            "assembly": assembly,
            "chromosomes": sorted(set(map(str, data.chrom))),
        },
        "outputs": {
            "unit": "observed over expected",
            "bins": data.window,
            "expected_unit": EXPECTED,
            "expected": expected_by_distance(data, contacts),
        },
        "evaluation": dict(evaluation),
        "training": {
            "bins": {str(name): int((data.split == name).sum()) for name in np.unique(data.split)},
            "data_sha256": fingerprint({}, data.profiles, data.oe, data.split),
            "seeds": list(seeds),
            **settings,
        },
        "metrics": score_rows(metrics, cell, METRIC),
    }
    files = {f"seed{seed}": path for seed, path in zip(seeds, networks, strict=True)}
    files |= {f"{BACKWARD}seed{s}": path for s, path in zip(seeds, backward, strict=False)}
    title = f"Conformation, {TITLES[kind]}, trained on {cell}"
    card = card_text(title, [ABOUT[kind], *LIMITS], facts, METRIC)
    write_bundle(Path(model).parent, facts, files, card)


if __name__ == "__main__":
    run_script(main, snakemake)
