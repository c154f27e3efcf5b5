"""Write the bundle of a cell's forward networks."""

from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.ml.bundles import LICENSE, card_text, score_rows, write_bundle
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.conformation.data.dataset import ConformationData

ABOUT = [
    "Contact map (observed over expected) from profiles of chromatin factors (Farré et al. 2018,"
    " doi:10.1186/s12859-018-2286-z). Between the two is σ, one value per bin.",
    "Good for: the domains of another cell or chromosome with the same factors, up to the width of"
    " a window.",
    "Not for: contacts beyond a window, loops of single anchors, other species or other factors."
    " Profiles are scaled within each cell: a factor that is lost everywhere is not seen.",
]
METRIC = "map_r"


def main(
    dataset: str,
    networks: list[str],
    metrics: str,
    *,
    cell: str,
    seeds: list[int],
    assembly: str,
    signal: dict,
    scale: dict,
    regions: list[str],
    settings: dict,
    model: str,
) -> None:
    """Write the bundle of a cell.

    Parameters
    ----------
    dataset, networks, metrics
        Data of the cell; forward network of each seed; metrics.tsv of the run.
    cell, seeds, assembly
        Name of the cell; seed of each network; genome.
    signal, scale, regions
        Config section `signal`, and the keys scale and regions of `conformation`.
    settings
        Settings of the training, to be stored.
    model
        Output: model.yaml in the folder of the bundle.
    """
    data = ConformationData.load(dataset)
    facts = {
        "paper": "conformation",
        "model": "forward",
        "citation": "Farré et al. 2018, doi:10.1186/s12859-018-2286-z",
        "license": LICENSE,
        "cell": cell,
        "inputs": {
            "factors": [str(name) for name in data.factors],
            "resolution": data.resolution,
            "window": data.window,
            "scale": dict(scale),
            "regions": list(regions),
            "signal_value": signal["value"],
            "over_control": signal["over_control"],
            "assembly": assembly,
            "chromosomes": sorted(set(map(str, data.chrom))),
        },
        "outputs": {"unit": "observed over expected", "bins": data.window},
        "training": {
            "bins": {str(name): int((data.split == name).sum()) for name in np.unique(data.split)},
            "data_sha256": fingerprint({}, data.profiles, data.oe, data.split),
            "seeds": list(seeds),
            **settings,
        },
        "metrics": score_rows(metrics, cell, METRIC),
    }
    files = {f"seed{seed}": path for seed, path in zip(seeds, networks, strict=True)}
    card = card_text(f"Conformation, forward network, trained on {cell}", ABOUT, facts, METRIC)
    write_bundle(Path(model).parent, facts, files, card)


if __name__ == "__main__":
    run_script(main, snakemake)
