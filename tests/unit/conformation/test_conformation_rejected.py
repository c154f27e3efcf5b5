"""Data and tables that the scripts of Conformation reject, across its folders."""

import cooler
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.baselines import fit_ridge
from workflow_scripts.conformation.config.plan import Edit
from workflow_scripts.conformation.data import annotate_bins, build_conformation
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import figure_bins
from workflow_scripts.conformation.interpretation.predict_edits import find_edited_bins
from workflow_scripts.conformation.training.train_forward import read_activity

BINS = pd.DataFrame({"chrom": "a", "start": [0, 100, 200], "end": [100, 200, 300]})


def data_of(bins, oe=1.0, window=2):
    """Data of some bins, half of them for training."""
    n = len(bins)
    return ConformationData(
        profiles=np.random.default_rng(1).random((1, n)).astype("float32"),
        factors=np.array(["H1"]), chrom=bins.chrom.to_numpy(str),
        start=bins.start.to_numpy(), end=bins.end.to_numpy(),
        oe=np.full((n, window), oe, "float32"),
        split=np.where(np.arange(n) < n // 2, "train", "test"), resolution=100, window=window,
    )  # fmt: skip


def test_a_map_without_contacts_in_training_is_rejected_by_ridge(tmp_path):
    path = str(tmp_path / "data.npz")
    data_of(BINS, oe=np.nan).save(path)
    with pytest.raises(UserError, match=r"data\.npz.*training split"):
        fit_ridge.main(path, alphas=[1.0], min_distance=0, refit=True, seed=1, shuffled=False,
                       weights="w", prediction="p", record="r")  # fmt: skip


def test_a_map_without_any_balanced_pixel_is_rejected(tmp_path):
    bins = cooler.binnify(pd.Series({"chr1": 60_000}), 1000).astype({"chrom": str})
    i, j = np.triu_indices(len(bins))
    pixels = pd.DataFrame({"bin1_id": i, "bin2_id": j, "count": 1})
    cooler.create_cooler(f"{tmp_path}/m.cool", bins.assign(weight=np.nan), pixels)
    cooler.zoomify_cooler(f"{tmp_path}/m.cool", f"{tmp_path}/m.mcool", [1000], chunksize=10**6)
    pd.Series({"chr1": 60_000}).to_csv(tmp_path / "sizes", sep="\t", header=False)
    signal = bins.assign(value=np.random.default_rng(1).random(len(bins)))
    signal.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    settings = {
        "resolution": 1000, "window": 4, "scale": {"rule": "none"}, "expected": "chromosome",
        "regions": [], "test_regions": ["chr1:40k-60k"], "valid_regions": [], "valid_fraction": 0.4,
        "split": "blocked", "gap": 0, "trim": 0,
    }  # fmt: skip
    with pytest.raises(UserError, match=r"m\.mcool.*no balanced pixel"):
        build_conformation.main(
            f"{tmp_path}/m.mcool", [f"{tmp_path}/t.tsv"], f"{tmp_path}/sizes", factors=["A"],
            settings=settings, dataset=f"{tmp_path}/out.npz",
        )  # fmt: skip


# the odd case "map without the test chromosome"
@pytest.mark.parametrize(("split", "key"), [("train", "regions"), ("test", "test_regions")])
def test_a_map_without_contacts_in_a_split_is_rejected_before_training(split, key):
    data = data_of(BINS)
    data.oe[data.split == split] = np.nan
    message = rf"m\.mcool: no balanced pixel in the {split} split \(a\); .*conformation\.{key}"
    with pytest.raises(UserError, match=message):
        build_conformation.check_measured(data, "m.mcool")
    build_conformation.check_measured(data_of(BINS), "m.mcool")


def test_tracks_without_signal_or_without_a_bin_are_rejected(tmp_path):
    path = str(tmp_path / "track.tsv")
    BINS.assign(value=0.0).to_csv(path, sep="\t", index=False)
    with pytest.raises(UserError, match=r"track\.tsv.*mean signal is 0"):
        annotate_bins.relative_signal(BINS, [path])
    BINS.iloc[:2].assign(value=1.0).to_csv(path, sep="\t", index=False)
    with pytest.raises(UserError, match=r"track\.tsv.*a:200-300"):
        annotate_bins.relative_signal(BINS, [path])


def test_data_without_a_test_split_have_no_region_to_draw():
    with pytest.raises(UserError, match="no test bin"):
        figure_bins(BINS.assign(split="train"), "", max_region_length=100, flank=0)


def test_an_edit_between_the_bins_of_the_data_is_rejected():
    bins = BINS.iloc[[0, 2]].reset_index(drop=True)
    steps = (("delete", ("H1",), None),)
    edit = Edit(name="e", cell="A", region="a:100-200", steps=steps, description="")
    with pytest.raises(UserError, match=r"'e'.*'a:100-200' overlaps no bin"):
        find_edited_bins(data_of(bins), edit, "here")


def test_activity_of_other_bins_is_rejected(tmp_path):
    path = str(tmp_path / "activity.tsv")
    BINS.iloc[:2].assign(active="True").to_csv(path, sep="\t", index=False)
    with pytest.raises(UserError, match=r"activity\.tsv"):
        read_activity(path, data_of(BINS))
