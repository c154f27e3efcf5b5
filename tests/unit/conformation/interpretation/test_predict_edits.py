from dataclasses import asdict

import keras
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.plan import Edit
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.figures.edits import edit_band, panel_values
from workflow_scripts.conformation.interpretation.predict_edits import (
    EditedBins,
    apply_edit,
    average_band,
    compare_bands,
    find_edited_bins,
    predict_shown,
    predict_windows,
)
from workflow_scripts.conformation.interpretation.predict_edits import main as predict_edits
from workflow_scripts.conformation.models.networks import build_forward
from workflow_scripts.conformation.models.pairwise import build_pairwise

W, SIZE = 5, 10_000


FACTORS = ["CTCF", "H1", "BEAF"]


def make_data(n=50, seed=0):
    rng = np.random.default_rng(seed)
    profiles = rng.random((3, n)).astype("float32")
    profiles[2, 10:20] = 0
    start = np.concatenate([np.arange(n - 8), np.arange(8)]) * SIZE
    return ConformationData(
        profiles=profiles,
        factors=np.array(FACTORS),
        chrom=np.array(["2L"] * (n - 8) + ["4"] * 8),
        start=start,
        end=start + SIZE,
        oe=rng.gamma(5, 0.2, (n, W)).astype("float32"),
        split=np.array(["train"] * 20 + ["test"] * (n - 20)),
        resolution=SIZE,
        window=W,
    )


def make_edit(action="delete", factors=("CTCF",), value=None, region="2L:100000-120000"):
    return Edit("e", "A", region, ((action, tuple(factors), value),), "description")


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (make_edit("set", ["CTCF", "H1"], 0.25), 0.25),
        (make_edit("delete", ["CTCF", "H1"]), 0.0),
    ],
)
def test_an_edit_changes_only_its_factors_and_bins(edit, expected):
    data = make_data()
    before = data.profiles.copy()
    after = apply_edit(data.profiles, data.factors, edit, (10, 12))
    assert (after[:2, 10:12] == expected).all()
    after[:2, 10:12] = before[:2, 10:12]
    assert np.array_equal(after, before)
    assert np.array_equal(data.profiles, before)


def test_flipping_twice_is_identity_and_once_is_one_minus():
    data, edit = make_data(), make_edit("flip", FACTORS)
    once = apply_edit(data.profiles, data.factors, edit, (10, 12))
    assert once[:, 10:12] == pytest.approx(1 - data.profiles[:, 10:12])
    twice = apply_edit(once, data.factors, edit, (10, 12))
    assert twice == pytest.approx(data.profiles, abs=1e-7)


def test_edited_bins():
    data = make_data()
    bins = find_edited_bins(data, make_edit(region="2L:105k-120k"), "here")
    assert bins == EditedBins(edited=(10, 12), shown=(5, 17), run=(0, 42))
    whole = find_edited_bins(data, make_edit(region="2L"), "here")
    assert whole.edited == whole.shown == (0, 42)


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("X:0-10000", "edit 'e'.*no chromosome 'X'; available: 2L, 4"),
        ("2L:0-10000000", "outside the genome; expected: start < end <= 420,000 bp"),
        ("4:0-10000", "lies in a run of 8 bins without a gap; expected: at least 15"),
    ],
)
def test_regions_outside_the_data_are_rejected(region, message):
    with pytest.raises(UserError, match=message):
        find_edited_bins(make_data(), make_edit(region=region), "here")


def test_a_region_with_missing_bins_is_rejected():
    data = make_data()
    keep = np.delete(np.arange(50), 20)
    cut = ConformationData(
        profiles=data.profiles[:, keep], factors=data.factors, chrom=data.chrom[keep],
        start=data.start[keep], end=data.end[keep], oe=data.oe[keep], split=data.split[keep],
        resolution=SIZE, window=W,
    )  # fmt: skip
    with pytest.raises(UserError, match="spans bins that are missing in the data"):
        find_edited_bins(cut, make_edit(region="2L:180000-230000"), "here")
    assert find_edited_bins(cut, make_edit(region="2L:210000-220000"), "here").run == (20, 41)


def test_the_band_is_the_mean_over_all_windows_that_contain_a_pixel():
    data = make_data()
    bins = find_edited_bins(data, make_edit(), "here")
    # the map of a window is its first bin: the mean identifies the windows
    rows = {}

    def predict(profiles, first_bins):
        rows["first_bins"] = first_bins
        return np.repeat(first_bins[:, None].astype(float), W * (W + 1) // 2, axis=1)

    band = average_band(predict, data.profiles, bins, W)
    assert band.shape == (12, W)
    for i, d in ((0, 0), (4, 2), (7, 4)):
        one, two = bins.shown[0] + i, bins.shown[0] + i + d
        holding = [f for f in range(42 - 3 * W + 1) if f + W <= one and two < f + 2 * W]
        assert band[i, d] == pytest.approx(np.mean(holding))
    assert np.isnan(band[11, 1])


def test_windows_and_their_flips_are_averaged():
    network = build_forward(n_factors=3, window=W, output_bias=0.5, seed=1)
    profiles = make_data().profiles
    forward = predict_windows(network, profiles, np.array([4]), W)[0]
    mirror = predict_windows(network, profiles[:, ::-1], np.array([50 - 4 - 3 * W]), W)[0]
    i, j = np.triu_indices(W)
    flat = dict(zip(zip(i, j, strict=True), mirror, strict=True))
    expected = [flat[W - 1 - b, W - 1 - a] for a, b in zip(i, j, strict=True)]
    assert forward == pytest.approx(expected, abs=1e-6)


def test_change_is_the_mean_log_ratio():
    before = np.array([[[1.0, 2.0]], [[1.0, 0.0]]])
    after = np.array([[[2.0, 2.0]], [[8.0, 0.0]]])
    found = compare_bands(before, after)
    assert found["log2_ratio"].tolist() == [[2.0, 0.0]]
    assert found["after"].tolist() == [[5.0, 1.0]]
    assert found["spread"][0, 0] == pytest.approx(np.sqrt(2))
    assert np.isnan(compare_bands(before[:1], after[:1])["spread"]).all()


@pytest.fixture(autouse=True)
def _device(monkeypatch):
    """TensorFlow's threads can be set only once per process."""
    monkeypatch.setattr(
        "workflow_scripts.conformation.interpretation.predict_edits.prepare_device", lambda **_: ""
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Data and two networks of each kind, as files."""
    data, tmp_path = make_data(), tmp_path_factory.mktemp("edits")
    data.save(tmp_path / "d.npz")
    sizes = dict(
        channels=4, kernel_size=3, hidden_units=6, distance_functions=3, factor_dropout=0.0
    )
    for seed in (1, 2):
        network = build_forward(n_factors=3, window=W, output_bias=0.5, seed=seed)
        network.save(tmp_path / f"forward{seed}.keras")
        network = build_pairwise(data.profiles, window=W, seed=seed, **sizes)
        network.save(tmp_path / f"forward_pairwise{seed}.keras")
    return tmp_path


def predicted(files, edits, seeds=(1, 2)):
    outputs = {kind: [str(files / f"{e.name}.{kind}") for e in edits] for kind in ("npz", "tsv.gz")}
    weights = {
        ("A", model, seed): str(files / f"{model}{seed}.keras")
        for model in ("forward", "forward_pairwise")
        for seed in seeds
    }
    predict_edits(
        [asdict(edit) for edit in edits], {"A": str(files / "d.npz")}, weights, where="here",
        seed=1, gpu=0, threads=1,
        maps=outputs["npz"], tables=outputs["tsv.gz"],
    )  # fmt: skip
    return [(np.load(m), pd.read_csv(t, sep="\t"))
            for m, t in zip(outputs["npz"], outputs["tsv.gz"], strict=True)]  # fmt: skip


def test_deleting_an_absent_factor_changes_nothing_and_a_flip_only_nearby_pixels(files):
    nothing = Edit("nothing", "A", "2L:100k-200k", (("delete", ("BEAF",), None),), "")
    flip = Edit("flip", "A", "2L:200k-210k", (("flip", ("CTCF", "H1", "BEAF"), None),), "")
    (_, same), (arrays, table) = predicted(files, [nothing, flip])
    assert (same.log2_ratio.dropna() == 0).all()
    assert same.log2_ratio.notna().any()
    changed = table[table.log2_ratio.abs() > 1e-6]
    assert set(changed.model) == {"forward", "forward_pairwise"}
    # the pairwise network reads the two bins, one more on either side, and those between
    pairs = changed[changed.model == "forward_pairwise"]
    assert ((pairs.start1 <= 210_000) & (pairs.end2 >= 200_000)).all()
    assert arrays["before"].shape == (2, 11, W)
    assert arrays["edited"].tolist() == [0] * 5 + [1] + [0] * 5
    assert table[table.edited1 == 1].start1.unique().tolist() == [200_000]
    one = table[(table.model == "forward") & (table.start1 == 160_000) & (table.start2 == 180_000)]
    assert one.after.iloc[0] == pytest.approx(arrays["after"][0, 1, 2], rel=1e-4)
    assert one.observed.iloc[0] == pytest.approx(make_data().oe[16, 2], rel=1e-4)


def test_the_same_edit_gives_the_same_bytes(files):
    edit = Edit("same", "A", "2L:100k-120k", (("set", ("H1",), 1.0),), "")
    contents = []
    for _ in range(2):
        predicted(files, [edit], seeds=(1,))
        contents.append([(files / f"same.{kind}").read_bytes() for kind in ("npz", "tsv.gz")])
    assert contents[0] == contents[1]


def test_an_invalid_last_edit_is_rejected_before_any_prediction(files):
    good = Edit("good", "A", "2L:100k-120k", (("set", ("H1",), 1.0),), "")
    bad = make_edit(region="X:0-10")
    with pytest.raises(UserError, match="no chromosome 'X'"):
        predicted(files, [good, bad], seeds=(1,))
    assert not (files / "good.npz").exists()


def test_pairs_are_predicted_as_on_the_whole_chromosome(files):
    network = keras.models.load_model(files / "forward_pairwise1.keras", compile=False)
    data = make_data()
    near = predict_shown(network, data.profiles, EditedBins((10, 12), (5, 17), (0, 42)), W)
    far = predict_shown(network, data.profiles, EditedBins((10, 12), (0, 42), (0, 42)), W)
    known = np.isfinite(near)
    assert near[known] == pytest.approx(far[5:17][known], rel=1e-5)


def test_panels_are_maps_of_the_first_model_and_changes_of_all(files):
    table = predicted(files, [make_edit()], seeds=(1,))[0][1]
    panels = panel_values(table)
    assert list(panels)[2:] == ["Change, forward network", "Change, pairwise network"]
    rows = table[table.model == "forward"]
    band = edit_band(rows, panels["Predicted"], SIZE)
    assert band.shape == (12, W)
    assert 2 ** band[3, 1] == pytest.approx(
        rows[(rows.start1 == 80_000) & (rows.start2 == 90_000)].before.iloc[0]
    )


def test_a_state_replaces_the_others_of_its_segmentation():
    steps = (("delete", ("BLACK", "RED"), None), ("set", ("GREEN",), 1.0))
    edit = Edit("e", "B", "2L:1-2", steps, "GREEN in all bins")
    profiles, factors = np.full((4, 6), 0.5), np.array(["CTCF", "BLACK", "GREEN", "RED"])
    changed = apply_edit(profiles, factors, edit, (2, 4))
    assert changed[:, 2].tolist() == [0.5, 0, 1, 0]
    assert (changed[:, [0, 1, 4, 5]] == 0.5).all()
