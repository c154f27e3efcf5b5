from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conformation_run import SEEDS, SIZE, W

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.figures import (
    baselines,
    distance,
    fig2a,
    fig2b,
    fig2c,
    fig2d,
    fig3a,
    fig3b,
    fig5b,
    figs1,
    learning,
    tabulate_region_map,
    tabulate_window_tracks,
)


@pytest.fixture(scope="module")
def run(evaluated):
    return evaluated.run


@pytest.fixture
def paths(tmp_path):
    return {suffix: str(tmp_path / f"f.{suffix}") for suffix in ("svg", "png", "tsv")}


def drawn(paths):
    assert Path(paths["png"]).stat().st_size > 1000
    assert "</svg>" in Path(paths["svg"]).read_text()
    return pd.read_csv(paths["tsv"], sep="\t")


def test_figure_2a_draws_measured_and_predicted_values_of_the_region(run, tmp_path, paths):
    out = str(tmp_path / "map.tsv.gz")
    models = {name: run.predictions[name, 1] for name in ("forward", "forward_pairwise")}
    tabulate_region_map.main(
        run.path("A.npz"), models, region="", max_region_length=300_000, table=out
    )
    draw_figure(fig2a.main, out, resolution=SIZE, **paths)
    table = drawn(paths)
    assert table.start_i.min() == (100 + W) * SIZE
    assert table.start_j.max() < (100 + W) * SIZE + 300_000
    oe = run.data.oe[table.start_i // SIZE, table.j - table.i]
    assert table.log2_observed.to_numpy() == pytest.approx(np.log2(oe), abs=2e-3, nan_ok=True)
    assert table.log2_forward.notna().all()
    first = Path(paths["svg"]).read_bytes()
    draw_figure(fig2a.main, out, resolution=SIZE, **paths)
    assert Path(paths["svg"]).read_bytes() == first


def test_figure_2b_sorts_factors_by_their_mean_weight(run, published, paths):
    draw_figure(fig2b.main, run.of_seed("weights.tsv"), published, **paths)
    table = drawn(paths)
    assert list(dict.fromkeys(table.factor)) == [
        "H1",
        "unpublished",
        "H3K27me3",
        "RNA Pol II",
        "CTCF",
    ]
    assert table[table.factor == "CTCF"]["mean"].tolist() == [3.5, 3.5]
    signs = table.drop_duplicates("factor").set_index("factor").published_sign
    assert signs["RNA Pol II"] == 1
    assert signs["H1"] == -1
    assert np.isnan(signs["unpublished"])


def test_a_factor_listed_twice_has_two_bars(published, tmp_path, paths):
    weights = pd.DataFrame({"factor": ["H1", "H1"], "weight": [1.0, -1.0]})
    weights.to_csv(tmp_path / "w.tsv", sep="\t", index=False)
    draw_figure(fig2b.main, {1: str(tmp_path / "w.tsv")}, published, **paths)
    assert drawn(paths).weight.tolist() == [-1, 1]


@pytest.mark.parametrize(
    ("script", "groups"),
    [(fig2c, {"all", "inactive", "active"}),
     (figs1, {"BLACK", "YELLOW", "without a state"})],
)  # fmt: skip
def test_histograms_count_every_bin_once(run, paths, script, groups):
    draw_figure(script.main, run.of_seed("sigma.tsv.gz"), run.path("A.annotation.tsv.gz"), **paths)
    table = drawn(paths)
    assert set(table.group) == groups
    assert table.groupby(["group", "seed"]).percent.sum().to_numpy() == pytest.approx(100, abs=0.01)
    numbers = table.groupby("group").n.first()
    whole = 200
    if "all" in groups:
        assert numbers["all"] == whole
        assert numbers["active"] + numbers["inactive"] == whole - 10
    else:
        assert numbers.sum() == whole


# FAULTS B1
def test_figure_2c_keeps_its_panels_without_activity_and_figure_s1_needs_states(
    run, tmp_path, paths
):
    known = pd.read_csv(run.path("A.annotation.tsv.gz"), sep="\t").assign(active="", state="")
    known.to_csv(tmp_path / "a.tsv", sep="\t", index=False)
    sigma = run.of_seed("sigma.tsv.gz")
    draw_figure(fig2c.main, sigma, str(tmp_path / "a.tsv"), **paths)
    assert set(drawn(paths).group) == {"all"}
    text = Path(paths["svg"]).read_text()
    assert all(
        text.count(words) for words in ("Inactive bins", "Active bins", "activity not known")
    )
    with pytest.raises(UserError, match="no bin has a state"):
        draw_figure(figs1.main, sigma, str(tmp_path / "a.tsv"), **paths)


# FAULTS B1
@pytest.mark.parametrize(
    ("group_by", "titles"),
    [("sigma", ("σ &lt; 0.3, 12 windows", "σ &gt; 0.7, 0 windows", "no window with")),
     ("activity", ("Inactive bin, 12 windows", "Active bin, 0 windows"))],
)  # fmt: skip
def test_figure_5b_names_its_groups_and_those_without_windows(tmp_path, paths, group_by, titles):
    i, j = np.triu_indices(W)
    groups = {"inactive": 12, "active": 0, "all": 20}
    table = pd.concat(
        pd.DataFrame({"group": name, "start_i": (i - W // 2) * SIZE, "start_j": (j - W // 2) * SIZE,
                      "mean": 0.1 if n else np.nan, "mean_square": 0.1 if n else np.nan,
                      "windows": n}) for name, n in groups.items()
    )  # fmt: skip
    table.to_csv(tmp_path / "means.tsv", sep="\t", index=False)
    settings = {"group_by": group_by, "inactive_below": 0.3, "active_above": 0.7}
    draw_figure(
        fig5b.main, str(tmp_path / "means.tsv"), resolution=SIZE, settings=settings, **paths
    )
    text = Path(paths["svg"]).read_text()
    assert all(title in text for title in titles)


def test_figure_2d_draws_the_tracks_of_the_region(run, paths):
    draw_figure(fig2d.main, run.of_seed("sigma.tsv.gz")[1], region="chr2L:1.2M-1.5M",
                                 max_region_length=1, window=W, **paths)  # fmt: skip
    table = drawn(paths)
    assert (table.start.min(), table.end.max()) == (1_200_000, 1_500_000)
    assert (table.backward + table.sigma).to_numpy() == pytest.approx(1, abs=1e-4)


def test_figure_3a_has_the_scores_of_the_three_predictions(run, paths):
    draw_figure(fig3a.main, run.path("metrics.tsv"), cell="A", **paths)
    table = drawn(paths).set_index("prediction")
    assert table.r["backward"] == pytest.approx(-1)
    assert table.seeds.tolist() == [len(SEEDS)] * 3


def test_figure_3b_has_the_windows_and_the_range_of_seeds(run, tmp_path, paths):
    out = str(tmp_path / "tracks.tsv.gz")
    tabulate_window_tracks.main(
        run.path("A.npz"), run.predictions, run.of_seed("windows.tsv"), table=out
    )
    draw_figure(fig3b.main, out, run.path("metrics.tsv"), cell="A", **paths)
    table = drawn(paths)
    assert set(table.model) == {"forward", "backward", "forward_from_backward"}
    # the middle of the first window's inner bins
    assert table.position.min() == (100 + W + W / 2) * SIZE
    assert (table.low <= table.r).all()
    assert (table.r <= table.high).all()


def test_the_figure_of_baselines_has_all_models(run, paths):
    draw_figure(baselines.main, run.path("metrics.tsv"), cells=["A"], min_distance=SIZE, **paths)
    table = drawn(paths)
    assert set(table.metric) == {"log_map_r", "map_r", "window_r"}
    assert table[table.shuffled].model.unique().tolist() == ["forward"]
    assert {model for model, _ in run.predictions} - {"forward_shuffled"} == set(table.model)


# FAULTS A8
def test_figures_mark_the_models_whose_final_fit_has_the_validation_data(run, paths):
    refitted = ["ridge", "forward_pairwise"]
    for script, source in ((baselines, "metrics.tsv"), (distance, "distance.tsv")):
        draw_figure(script.main, run.path(source), cells=["A"], min_distance=SIZE,
                    refitted=refitted, **paths)  # fmt: skip
        given = drawn(paths).drop_duplicates("model").set_index("model").trained_on
        assert (given[refitted] == "train and valid").all()
        assert given["forward"] == given["linear"] == "train"
        assert np.isnan(given["mean"])
        text = Path(paths["svg"]).read_text()
        assert text.count("Ridge regression on pairs *") == 1
        assert "Forward network *" not in text
        assert "training and validation" in text
    draw_figure(baselines.main, run.path("metrics.tsv"), cells=["A"], min_distance=SIZE, **paths)
    assert "training and validation" not in Path(paths["svg"]).read_text()


# FAULTS F9
def test_the_figure_by_distance_begins_at_the_minimum_distance(run, paths):
    draw_figure(
        distance.main, run.path("distance.tsv"), cells=["A"], min_distance=3 * SIZE, **paths
    )
    shortest = drawn(paths).groupby("model").distance_kb.min()
    assert {"ridge", "forward", "forward_shuffled"} <= set(shortest.index)
    assert (shortest == 3 * SIZE / 1000).all()


# FAULTS F10
def test_several_shuffled_controls_are_drawn_as_the_band_of_their_range(tmp_path, paths):
    rng = np.random.default_rng(3)
    rows = pd.DataFrame(
        [("A", "ridge", 0, 20_000, 10, 0.6, 0.6)]
        + [("A", model, seed, 20_000, 10, r, r)
           for model in ("ridge_shuffled", "forward_shuffled")
           for seed, r in enumerate(rng.normal(0, 0.1, 5))],
        columns=["sample", "model", "seed", "distance", "n", "r", "log_r"],
    )  # fmt: skip
    rows.to_csv(tmp_path / "d.tsv", sep="\t", index=False)
    draw_figure(distance.main, str(tmp_path / "d.tsv"), cells=["A"], min_distance=0, **paths)
    table = drawn(paths).set_index("model")
    for model in ("ridge_shuffled", "forward_shuffled"):
        values = rows.log_r[rows.model == model]
        assert table.loc[model, ["low", "high"]].tolist() == pytest.approx(
            [values.min(), values.max()], abs=1e-4
        )
    assert "range of 10 controls" in Path(paths["svg"]).read_text()


def test_correlation_by_distance(run, paths):
    draw_figure(distance.main, run.path("distance.tsv"), cells=["A"], min_distance=SIZE, **paths)
    table = drawn(paths)
    metrics = pd.read_csv(run.path("metrics.tsv"), sep="\t")
    rows = metrics[(metrics.metric == "log_map_r_30kb") & (metrics.model == "forward")]
    rows_of_distance = table[(table.model == "forward") & (table.distance_kb == 30)]
    assert rows_of_distance.log_r.item() == pytest.approx(rows.value.mean(), abs=1e-4)


def test_learning_curves_exclude_epochs_without_validation(run, tmp_path, paths):
    history = pd.read_csv(run.of_seed("history.tsv")[1], sep="\t")
    last = pd.DataFrame({"epoch": [6], "loss": [0.1], "best": [False], "fit": ["train and valid"]})
    pd.concat([history.rename(columns={"valid_r": "valid_log_r"}), last]).to_csv(
        tmp_path / "h.tsv", sep="\t", index=False
    )
    histories = {("A", "forward", seed): path for seed, path in run.of_seed("history.tsv").items()}
    histories["A", "forward_pairwise", 1] = str(tmp_path / "h.tsv")
    draw_figure(learning.main, histories, **paths)
    table = drawn(paths)
    assert table.groupby(["model", "seed"]).epoch.max().tolist() == [5, 5, 5]
    assert table.columns.tolist()[3:] == ["epoch", "loss", "score", "best"]
