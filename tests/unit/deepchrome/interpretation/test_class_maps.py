import numpy as np
import pandas as pd
import pytest
from planted_marks import BINS, MARKS, planted, trained

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.deepchrome.figures.fig4b import figure_table as table_4b
from workflow_scripts.deepchrome.figures.fig5 import figure_table as table_5
from workflow_scripts.deepchrome.interpretation.count_active_bins import (
    agrees_with_roles,
    count_active,
    find_influential,
    score_cell,
)
from workflow_scripts.deepchrome.interpretation.count_active_bins import main as count_active_bins
from workflow_scripts.deepchrome.interpretation.mark_roles import marks_of_class, role_table
from workflow_scripts.deepchrome.interpretation.measure_feature_maps import (
    main as measure_feature_maps,
)
from workflow_scripts.deepchrome.interpretation.measure_feature_maps import mean_feature_map
from workflow_scripts.deepchrome.interpretation.optimize_inputs import main as optimize_inputs


def test_counting_agrees_with_a_loop():
    maps = np.random.default_rng(0).random((2, 3, 10, 5))
    counts = count_active(maps, 0.25)
    for a in range(2):
        for b in range(3):
            expected = [sum(v > 0.25 for v in maps[a, b, :, m]) for m in range(5)]
            assert counts[a, b].tolist() == expected
            mean = sum(expected) / 5
            assert find_influential(counts)[a, b].tolist() == [c > mean for c in expected]


@pytest.mark.parametrize(
    ("influential", "name", "expected"),
    [
        ({"H3K4me3"}, "high", True),
        ({"H3K4me1", "H3K36me3"}, "high", True),
        ({"H3K4me3", "H3K27me3"}, "high", False),
        (set(), "high", False),
        ({"H3K9me3"}, "low", True),
        ({"H3K9me3", "H3K4me3"}, "low", False),
        ({"H3K4me3"}, "low", False),
        ({"H3K27ac", "H3K9me3"}, "low", True),
    ],
)
def test_agreement_with_the_roles(influential, name, expected):
    marks = [*MARKS, "H3K27ac"]
    assert agrees_with_roles(np.isin(marks, list(influential)), marks, name) == expected


def test_every_mark_has_one_role():
    assert sorted(marks_of_class("high") + marks_of_class("low")) == sorted(MARKS)
    table = role_table([*MARKS, "H3K27ac"]).set_index("mark").expression
    assert table.tolist() == ["low", "high", "high", "high", "low", "unknown"]


def test_scores_of_a_cell_by_hand():
    # low, high; two starts; H3K27me3 H3K36me3 H3K4me1 H3K4me3 H3K9me3
    counts = np.array([[[9, 0, 0, 0, 9], [9, 0, 0, 9, 9]], [[0, 9, 0, 9, 0], [0, 9, 0, 9, 0]]])
    assert score_cell(counts, MARKS, ["low", "high"]) == {
        "class_map_starts_with_roles": 0.5,
        "class_map_high_h3k4me3_h3k36me3": 1.0,
        "class_map_low_h3k9me3_h3k27me3": 1.0,
        "class_map_high_h3k4me3_h3k4me1": 0.0,
    }
    assert "class_map_high_h3k4me3_h3k4me1" not in score_cell(
        counts[:, :, [0, 1, 3]], [MARKS[0], MARKS[1], MARKS[3]], ["low", "high"]
    )


@pytest.fixture(scope="module")
def made(device, tmp_path_factory):
    """Maps of two cells with the same data, one of them trained on shuffled labels."""
    tmp_path = tmp_path_factory.mktemp("maps")
    planted().save(tmp_path / "d.npz")
    weights = {"A": [trained(1)], "N": [trained(1, True)]}
    files = {}
    for cell, networks in weights.items():
        files[cell] = [str(tmp_path / f"{cell}{n}.keras") for n in range(len(networks))]
        for network, path in zip(networks, files[cell], strict=True):
            network.save(path)
    settings = {"recipe": "released", "starts": 10, "steps": 200, "l2": 0.009, "scale": "counts"}
    optimize_inputs(
        [str(tmp_path / "d.npz")] * 2, [path for paths in files.values() for path in paths],
        cells=list(files), settings=settings, seed=1, gpu=0, threads=1,
        maps=str(tmp_path / "maps.npz"),
    )  # fmt: skip
    paths = {name: str(tmp_path / f"{name}.tsv") for name in ("counts", "means", "scores")}
    count_active_bins(str(tmp_path / "maps.npz"), threshold=0.25, **paths)
    return tmp_path


def test_planted_roles_are_recovered_from_at_least_8_of_10_starts(made):
    scores = read_metrics(made / "scores.tsv")
    share = scores[scores.metric == "class_map_starts_with_roles"].set_index("sample").value
    assert share["A"] >= 0.8
    assert share["N"] <= 0.5
    assert set(scores.split) == {"test_class_map"}


def test_tables_agree_with_the_maps(made):
    folder = made
    with np.load(folder / "maps.npz") as arrays:
        maps, cells, marks = arrays["maps"], arrays["cell"], arrays["mark"]
        assert maps.shape == (2, 2, 10, BINS, 5)
        assert (arrays["probability"][0] > 0.5).all()
    counts = pd.read_csv(folder / "counts.tsv", sep="\t")
    assert len(counts) == 2 * 2 * 10 * 5
    row = counts.query("cell == 'N' and `class` == 'high' and start == 3 and mark == 'H3K4me3'")
    at = maps[list(cells).index("N"), 1, 2, :, list(marks).index("H3K4me3")]
    assert row.active_bins.tolist() == [(at > 0.25).sum()]
    means = pd.read_csv(folder / "means.tsv", sep="\t")
    chosen = means.query("cell == 'A' and `class` == 'low' and mark == 'H3K9me3'")
    assert chosen.value.to_numpy() == pytest.approx(maps[0, 0, :, :, 4].mean(0), abs=1e-4)
    published = pd.DataFrame([["A", "low", *range(5)]], columns=["cell", "class", *MARKS])
    table = table_5(counts, published)
    assert len(table) == 2 * 2 * 5
    assert table.published.dropna().tolist() == [0, 1, 2, 3, 4]
    bars = counts.groupby(["cell", "class", "mark"]).active_bins.mean()
    for row in table.itertuples():
        assert row.active_bins == pytest.approx(bars[row.cell, row[2], row.mark])


def test_feature_maps_are_means_over_genes_and_filters(device, tmp_path):
    data, network = planted(), trained(1)
    (kernel, bias), values = (w.numpy() for w in network.layers[1].weights), data.values[:7]
    steps = [np.einsum("gbm,bmf->gf", values[:, i : i + 5], kernel) + bias for i in range(26)]
    expected = [np.maximum(step, 0).mean() for step in steps]
    assert mean_feature_map(network, values) == pytest.approx(expected, abs=1e-5)
    data.save(tmp_path / "d.npz")
    network.save(tmp_path / "n.keras")
    measure_feature_maps(
        [str(tmp_path / "d.npz")] * 2, [str(tmp_path / "n.keras")] * 2, cells=["A", "B"],
        bin_size=100, gpu=0, threads=1, feature_maps=str(tmp_path / "f.tsv"),
    )  # fmt: skip
    maps = pd.read_csv(tmp_path / "f.tsv", sep="\t")
    # the first window of 5 bins covers -1500 to -1000, the last 1000 to 1500
    assert maps.offset.agg(["min", "max"]).tolist() == [-1250, 1250]
    assert maps.groupby("cell").relative.mean().tolist() == pytest.approx([1, 1], abs=1e-5)
    table = table_4b(maps)
    assert len(table) == 26
    assert table["min"].to_numpy() == pytest.approx(table["max"].to_numpy())
    assert table.cells.tolist() == [2] * 26
