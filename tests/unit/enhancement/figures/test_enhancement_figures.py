from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn_example import (
    BINS,
    IMAGE_MODELS,
    SEEDS,
    SEQUENCE_MODELS,
    distance_table,
    layers_table,
    maps_table,
    metrics_table,
    write_history,
)

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.plan import low_resolution_text
from workflow_scripts.enhancement.data.dataset import EnhancementWriter
from workflow_scripts.enhancement.evaluation.predictions import write_predictions
from workflow_scripts.enhancement.figures import (
    distance,
    fig1,
    fig2,
    fig3,
    fig4,
    fig5,
    fig6,
    fig7,
    fig8,
    learning,
    table1,
    table2,
    table3,
    tabulate_maps,
)
from workflow_scripts.enhancement.figures.fig1 import count_text, window_counts
from workflow_scripts.enhancement.figures.fig5 import correlation
from workflow_scripts.enhancement.figures.fig6 import zoom_start
from workflow_scripts.enhancement.figures.style import in_order, label, square


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    made = {
        "image": maps_table("image", IMAGE_MODELS, crop=2),
        "sequence": maps_table("sequence", SEQUENCE_MODELS, crop=4),
        "layers": layers_table(), "metrics": metrics_table(), "distance": distance_table(),
    }  # fmt: skip
    metrics = made["metrics"]
    zeroed = {"hybrid": "none", "hybrid_without_sequence": "sequence",
             "hybrid_without_image": "image"}  # fmt: skip
    rows = metrics[metrics.model.isin(zeroed) & metrics.split.str.startswith("test")]
    made["zeroed"] = rows.assign(zeroed=rows.model.map(zeroed))
    made["windows"] = pd.DataFrame(
        [("m", kind, n, "c", n, n + 9, split, split != "", "" if split else "masked")
         for kind in ("sequence", "image")
         for n, split in enumerate(["train", "train", "test", ""])],
        columns=["map", "kind", "index", "chrom", "start", "end", "split", "kept", "reason"],
    )  # fmt: skip
    paths = {}
    for name, table in made.items():
        paths[name] = str(folder / f"{name}.tsv")
        table.to_csv(paths[name], sep="\t", index=False)
    return paths


@pytest.fixture
def paths(tmp_path):
    return {suffix: str(tmp_path / f"f.{suffix}") for suffix in ("svg", "png", "tsv")}


@pytest.fixture(scope="module")
def published(root):
    return str(root / "resources/published/enhancement.tsv")


def drawn(paths):
    assert Path(paths["png"]).stat().st_size > 1000
    assert "</svg>" in Path(paths["svg"]).read_text()
    return pd.read_csv(paths["tsv"], sep="\t")


def histories(folder, models, columns, **more):
    return {(m, s): write_history(folder / f"{m}.{s}.tsv", columns, **more)
            for m in models for s in SEEDS}  # fmt: skip


def test_figure_1_counts_the_windows(tables, paths):
    draw_figure(fig1.main, tables["windows"], tables["image"], tables["sequence"],
                               resolution=1000, window_bins=BINS, low="2 kb", **paths)  # fmt: skip
    assert drawn(paths).windows.sum() == 8
    counts = window_counts(pd.read_csv(tables["windows"], sep="\t"))
    assert count_text(counts, "image").split("\n") == ["training: 2", "test: 1", "left out: 1"]


def test_figure_1_names_the_models_of_the_run(tables, tmp_path, paths):
    options = dict(resolution=1000, window_bins=BINS, low="2 kb", **paths)
    draw_figure(fig1.main, tables["windows"], tables["image"], tables["sequence"], **options)
    text = Path(paths["svg"]).read_text()
    for name in ("HiCPlus, img-to-img", "Akita-like, Graph head", "Hybrid head"):
        assert name in text
    for name in ("DeepHiC", "HiCSR", "VEHiCLE", "shuffled"):
        assert name not in text
    few = {}
    for kind, models in (("image", ["image"]), ("sequence", [])):
        few[kind] = str(tmp_path / f"{kind}.tsv")
        maps_table(kind, models, crop=2).to_csv(few[kind], sep="\t", index=False)
    draw_figure(fig1.main, tables["windows"], few["image"], few["sequence"], **options)
    text = Path(paths["svg"]).read_text()
    assert "img-to-img" in text
    # FAULTS F9: models and maps that the run does not have
    for name in ("HiCPlus", "Sequence models", "Hybrid head", "Genome", "O/E map",
                 "Sequence windows"):  # fmt: skip
        assert name not in text


def test_figures_2_and_3_show_the_networks_and_every_part_of_the_loss(tables, tmp_path, paths):
    draw_figure(fig2.main, tables["layers"], **paths)
    assert set(drawn(paths).network) == {"sequence_akita", "sequence_graph"}
    columns = ["loss", "pixel", "vae", "adversarial", "discriminator", "valid_mae"]
    draw_figure(
        fig3.main, tables["layers"], histories(tmp_path, ["image"], columns, pretrain=2), **paths
    )
    assert set(columns) < set(drawn(paths).columns)
    text = Path(paths["svg"]).read_text()
    assert "Generator G" in text
    assert "Discriminator D" in text


def test_figure_4_shows_the_maps_of_both_models_in_one_window(tables, paths):
    draw_figure(fig4.main, tables["image"], tables["sequence"], tables["layers"],
                               model="sequence_graph", image_model="image", hybrid="hybrid",
                               **paths)  # fmt: skip
    table = drawn(paths).set_index("panel")
    assert sorted(table.index) == ["high", "hybrid", "image", "low", "sequence"]
    assert table.source["sequence"] == "sequence_graph"
    assert len(set(table.start)) == 1


def test_figure_4_names_the_image_model_that_the_hybrid_joins(tables, paths):
    # FAULTS F9: it said img-to-img whatever hybrid.image was
    draw_figure(fig4.main, tables["image"], tables["sequence"], tables["layers"],
                               model="sequence_graph", image_model="hicplus",
                               hybrid="hybrid_without_image", **paths)  # fmt: skip
    text = Path(paths["svg"]).read_text()
    assert "HiCPlus" in text and "img-to-img" not in text
    source = drawn(paths).set_index("panel").source
    assert (source["image"], source["hybrid"]) == ("hicplus", "hybrid_without_image")


def test_figure_5_shows_the_correlation_of_each_model(tables, paths):
    draw_figure(fig5.main, tables["sequence"], **paths)
    table = drawn(paths)
    rows = table[table.window == 0]
    truth, made = square(rows, "target"), square(rows, "sequence_graph")
    i, j = np.triu_indices(BINS, 2)
    known = np.isfinite(made[i, j])
    assert known.sum() == 14 * 15 // 2
    naive = np.corrcoef(truth[i, j][known], made[i, j][known])[0, 1]
    assert correlation(truth, made) == pytest.approx(naive)
    assert f"r = {naive:.2f}" in Path(paths["svg"]).read_text()
    # controls come last
    assert fig5.shown_models(table) == SEQUENCE_MODELS


def test_figure_6_zooms_where_the_map_varies_most(tables, paths):
    draw_figure(fig6.main, tables["image"], window=1, zoom_bins=0, **paths)
    table = drawn(paths)
    assert set(table.window) == {1}
    assert fig6.shown_sources(table) == [
        "low",
        "hicplus",
        "image",
        "hybrid",
        "high",
    ]
    flat = np.fromfunction(lambda i, j: 1 / (1 + abs(i - j)), (40, 40))
    flat[22:28, 22:28] += 1
    assert 18 <= zoom_start(flat, 10) <= 22
    flat[:5] = flat[:, :5] = np.nan
    assert zoom_start(flat, 10) >= 5


def test_figure_7_shows_the_zeroed_hybrids_and_the_target(tables, paths):
    draw_figure(fig7.main, tables["image"], tables["zeroed"], window=0, **paths)
    assert set(drawn(paths).zeroed) == {"none", "sequence", "image"}
    text = Path(paths["svg"]).read_text()
    for name in ("<!-- Hybrid -->", "Sequence zeroed", "Image zeroed", "Target"):
        assert name in text


def test_figure_8_and_the_learning_curves_contain_every_epoch(tmp_path, paths):
    columns = ["loss", "valid_mae", "valid_scc_hicrep"]
    draw_figure(fig8.main, histories(tmp_path, ["hybrid", "hybrid_preheated"], columns), **paths)
    table = drawn(paths)
    assert len(table) == 2 * len(SEEDS) * 4
    assert table.best.sum() == 4
    runs = {**histories(tmp_path, ["image"], ["loss", "pixel", "valid_mae"], pretrain=1),
            **histories(tmp_path, ["sequence_akita"], ["loss", "valid_pearson"])}  # fmt: skip
    draw_figure(learning.main, runs, **paths)
    assert len(drawn(paths)) == 2 * len(SEEDS) * 4


def test_tables_compare_scores_with_the_published_ones(tables, published, paths):
    metrics = pd.read_csv(tables["metrics"], sep="\t")
    draw_figure(table1.main, tables["metrics"], published, **paths)
    one = drawn(paths).set_index(["split", "model", "metric"])
    assert one.published["test", "sequence_graph", "mae"] == 0.283
    mine = metrics[(metrics.model == "sequence_graph") & (metrics.split == "test")]
    assert one.value["test", "sequence_graph", "mae"] == pytest.approx(
        mine.value[mine.metric == "mae"].mean(), rel=1e-5
    )
    assert np.isnan(one.published["test_both", "sequence_graph", "mae"])
    assert "sequence_akita_random" not in one.index.get_level_values("model")
    draw_figure(table2.main, tables["metrics"], published, **paths)
    two = drawn(paths)
    assert set(two.split) == {"test", "test_map"}
    assert not two.model.str.contains("_without_").any()
    assert (
        two.set_index(["split", "model", "metric"]).published["test", "hybrid", "mae_per_map"]
        == 0.0327
    )
    assert "[0.5201]" in Path(paths["svg"]).read_text()
    draw_figure(table3.main, tables["metrics"], published, **paths)
    three = drawn(paths)
    assert set(three.model) == {"sequence_akita", "sequence_akita_random"}
    assert three.published.notna().all()


def test_distances_are_means_over_seeds_of_the_test_split(tables, paths):
    draw_figure(distance.main, tables["distance"], **paths)
    table = drawn(paths)
    assert not table.model.str.contains("_without_").any()
    row = table[(table.model == "image") & (table.distance_kb == 3)].iloc[0]
    assert row.pearson == pytest.approx(np.exp(-3 / 9), rel=1e-4)
    assert row.seeds == len(SEEDS)


def write_dataset(path, kind, starts, maps=("a", "b")):
    """A dataset whose maps hold their row's number, all windows of split test."""
    names = ("low", "high") if kind == "image" else ("target",)
    with EnhancementWriter(path, kind=kind, resolution=100, window_bins=10,
                           codes={"c": np.zeros(5000, "uint8")}) as data:  # fmt: skip
        for number, (name, start) in enumerate((m, s) for m in maps for s in starts):
            row = {"map": name, "chrom": "c", "start": start, "end": start + 1000, "split": "test"}
            data.add(row, dict.fromkeys(names, np.full((10, 10), number / 10)),
                     dict.fromkeys(("scale_low", "scale_high"), np.zeros(3)))  # fmt: skip
    return str(path)


@pytest.fixture
def datasets(tmp_path):
    return (write_dataset(tmp_path / "s.h5", "sequence", [0, 2000, 4000]),
            write_dataset(tmp_path / "i.h5", "image", range(0, 4001, 500)))  # fmt: skip


def tabulated(tmp_path, datasets, predictions, **changes):
    settings = {"map": "", "windows": [], "examples": 2, **changes}
    out = (str(tmp_path / "s.tsv.gz"), str(tmp_path / "i.tsv.gz"))
    tabulate_maps.main(
        *datasets, list(predictions.values()), models=list(predictions), settings=settings,
        sequence_maps=out[0], image_maps=out[1],
    )  # fmt: skip
    return [pd.read_csv(path, sep="\t") for path in out]


def test_example_maps_are_of_regions_that_both_kinds_have(tmp_path, datasets):
    path = str(tmp_path / "image.h5")
    write_predictions(path, kind="image", index=np.arange(18), split=["test"] * 18,
                      prediction=np.arange(18)[:, None, None] * np.ones((18, 6, 6)))  # fmt: skip
    sequence, image = tabulated(tmp_path, datasets, {"image": path}, map="b")
    assert set(sequence["map"]) == set(image["map"]) == {"b"}
    assert sorted(set(image.start)) == sorted(set(sequence.start))
    first = image[(image.window == 0) & image.image.notna()]
    # cropped by 2 on each side, of the very row
    assert (first.i.min(), first.j.max(), len(first)) == (2, 7, 21)
    row = 9 + first.start.iloc[0] // 500
    assert (first.image == row).all()
    assert first.high.to_numpy() == pytest.approx(row / 10)
    assert "image" not in sequence


def test_without_sequence_models_the_table_of_their_maps_is_empty(tmp_path, datasets):
    sequence, image = tabulated(tmp_path, ([], datasets[1]), {})
    assert sequence.empty and "target" in sequence
    assert len(set(image.window)) == 2


def test_windows_and_map_can_be_chosen(tmp_path, datasets):
    _, image = tabulated(tmp_path, datasets, {}, windows=["c:1500-2500"])
    assert image.start.unique().tolist() == [1500]
    with pytest.raises(UserError, match="'c:7-1007' is not a test window; expected: c:"):
        tabulated(tmp_path, datasets, {}, windows=["c:7-1007"])
    with pytest.raises(UserError, match="'z' has no test window; expected: a, b"):
        tabulated(tmp_path, datasets, {}, map="z")


def test_low_resolution_is_described():
    low = {"method": "pool", "factor": 2, "fraction": 0.0625}
    assert low_resolution_text({"low_resolution": low, "resolution": 5000}) == "10 kb bins"
    shown = low_resolution_text(
        {"low_resolution": {**low, "method": "downsample"}, "resolution": 5000}
    )
    assert shown == "0.0625 of contacts"


def test_models_have_one_order_and_a_name():
    assert in_order(["hybrid", "new", "downsampled", "image"]) == [
        "downsampled", "image", "hybrid", "new",
    ]  # fmt: skip
    assert label("image") == "img-to-img"
    assert label("some_model") == "some model"
