"""Bundles of Enhancement through the workflow: maps and windows of the run that trained them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import cooler
import numpy as np
import pandas as pd
import pytest
import yaml
from workflow_copy import ROOT

sys.path.insert(0, str(ROOT / "tests" / "unit" / "enhancement"))

import small_maps

from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation import predict_image
from workflow_scripts.enhancement.evaluation.inference import load_network, predict_hybrid
from workflow_scripts.enhancement.evaluation.predictions import read_predictions
from workflow_scripts.enhancement.models.hybrid import hybrid_parts

pytestmark = pytest.mark.slow

SIZES = {"chr1": 150_000, "chr2": 90_500, "chr3": 80_000}
SEQUENCE = {
    "filters": 4, "stem_filters": 4, "residual_filters": 4, "dilations": [1], "dropout": 0.1,
    "output_filters": 4, "map_filters": 4, "map_residual_filters": 4, "map_dilations": [1],
}  # fmt: skip
SMALL = {
    "name": "run", "seed": 1, "papers": ["enhancement"],
    "samples": "samples.tsv", "runs": "runs.tsv", "assemblies": {"sim": {"fasta": "genome.fa"}},
    "contacts": {
        "resolutions": [1000, 2000],
        "balance": {"mad_max": 0, "min_nnz": 2, "ignore_diags": 1},
    },
    "enhancement": {
        "resolution": 1000, "window_bins": 32, "step_bins": 4, "image_step_bins": 4, "crop": 4,
        "observed": {"max_masked": 0.3}, "low_resolution": {"method": "pool", "factor": 2},
        "split": {"scheme": "chromosome", "valid": ["chr2"], "test": ["chr3"]}, "seeds": [1],
        "sequence": {
            "head": ["akita"], "random_split": False, "control_seeds": 0, "network": SEQUENCE,
            "training": {"epochs": 1, "patience": 0}, "threads": 1,
        },
        "image": {
            "methods": [], "network": {"filters": 4, "blocks": 1},
            "discriminator": {"filters": [4, 4]},
            "training": {"epochs": 1, "pretrain_epochs": 1},
            "vae": {"epochs": 1, "filters": [4, 4]}, "threads": 1,
        },
        "hybrid": {
            "variants": ["frozen"], "sequence": "akita", "filters": 4, "threads": 1,
            "training": {"max_windows": 8, "max_valid_windows": 4, "head_epochs": 1},
        },
        "enhance": {"maps": ["A"], "model": "image.seed1"},
    },
}  # fmt: skip
# a run of nothing but bundles: no sheets, and a genome for the hybrid alone
BUNDLES = "results/run/bundles"
APPLY = {
    "name": "again", "papers": [], "assemblies": {"sim": {"fasta": "genome.fa"}},
    "apply": {
        "image": {"bundle": f"{BUNDLES}/enhancement-image", "map": "results/run/contacts/A.mcool"},
        "hybrid": {
            "bundle": f"{BUNDLES}/enhancement-hybrid_frozen", "map": "A.mcool", "assembly": "sim",
        },
    },
}  # fmt: skip

PAGE = ROOT / "docs" / "apply.md"


@pytest.fixture(scope="module")
def applied(make_workflow):
    """A folder with a run, its bundles, and these on its own map."""
    workflow = make_workflow("enhancement.yaml")
    small_maps.write_genome(workflow.folder, SIZES)
    small_maps.write_small_map(workflow.folder / "A.mcool", SIZES)
    samples = "sample\tcell\tassay\ttarget\tassembly\tcontrol\nA\tA\tHi-C\t\tsim\t\n"
    (workflow.folder / "samples.tsv").write_text(samples)
    runs = "run\tsample\tkind\tfile\tfile2\nA\tA\tmcool\tA.mcool\t\n"
    (workflow.folder / "runs.tsv").write_text(runs)
    (workflow.folder / workflow.config).write_text(yaml.safe_dump(SMALL))
    workflow.run("enhance", "bundles", "results/run/enhancement/maps/A.image.mcool")
    (workflow.folder / workflow.config).write_text(yaml.safe_dump(APPLY))
    workflow.run(*(f"results/again/apply/{name}/enhanced.mcool" for name in APPLY["apply"]))
    return workflow.folder / "results"


def test_a_bundle_of_one_network_gives_the_pixels_of_enhance_byte_for_byte(applied):
    own, again = (
        cooler.Cooler(f"{applied}/{path}::/resolutions/1000").pixels()[:]
        for path in ("run/enhancement/enhanced/A.mcool", "again/apply/image/enhanced.mcool")
    )
    assert len(own) > 1000
    for column in ("bin1_id", "bin2_id", "count"):
        assert own[column].to_numpy().tobytes() == again[column].to_numpy().tobytes()
    assert (again.sd == 0).all()


def test_networks_of_bundles_give_the_run_s_predictions_byte_for_byte(applied):
    def image(network, data, rows):
        return predict_image.generate(network, data, rows)

    def hybrid(network, data, rows):
        return predict_hybrid(hybrid_parts(network), data, rows)

    with EnhancementData(applied / "run/enhancement/data/image.h5") as data:
        for model, predict in (("image", image), ("hybrid_frozen", hybrid)):
            own = read_predictions(applied / f"run/enhancement/predictions/{model}.seed1.h5")
            packed = applied / f"run/bundles/enhancement-{model}/weights/seed1.keras"
            found = predict(load_network(packed), data, own.index)
            assert found.tobytes() == own.prediction.tobytes()
            assert np.ptp(found) > 0.1


def test_the_predicted_windows_of_a_run_are_written_as_a_map(applied):
    path = applied / "run/enhancement/maps/A.image.mcool"
    clr = cooler.Cooler(f"{path}::/resolutions/1000")
    assert set(clr.bins()[:].dropna().chrom) == {"chr3"}
    assert len(clr.pixels()[:]) > 300


def test_the_example_of_the_page_runs_as_printed_and_enhances_the_map_of_the_new_cell(
    make_workflow,
):
    workflow = make_workflow()
    section = PAGE.read_text().split("## Enhancement: image models and hybrids")[1]
    command = re.search(r"^```bash\n(.*?)^```", section, re.M | re.S)[1]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command], cwd=workflow.folder, capture_output=True,
        text=True, env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    results = workflow.folder / "results/demo-image-apply"
    found = cooler.Cooler(f"{results}/apply/beta/enhanced.mcool::/resolutions/5000")
    assert (found.pixels()[:].sd > 0).mean() > 0.5
    summary = pd.read_csv(results / "apply/beta/enhanced.tsv", sep="\t")
    assert summary.r.min() > 0.999999
    # the measured map of the finer bins, which the model has not read
    assert summary.r_oe_measured.min() > 0.5
    logs = (results / "logs/enhancement/apply_enhancement_bundle/beta.log").read_text()
    assert re.search(r"contacts per bin within a window: .*\(ratio (0\.[5-9]|1)", logs)
