import keras
import pandas as pd
import pytest

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.enhancement.config.presets import SEQUENCE_NETWORK, image_settings
from workflow_scripts.enhancement.figures import tabulate_layers
from workflow_scripts.enhancement.figures.schematics import fold_steps, layer_steps
from workflow_scripts.enhancement.figures.tabulate_layers import insulation_length, layer_rows
from workflow_scripts.enhancement.models.hybrid import build_head
from workflow_scripts.enhancement.models.losses import insulation_sizes, insulation_vector
from workflow_scripts.enhancement.models.sequence_model import build_sequence_model

BARE = {"preset": "paper", "network": {}, "discriminator": {}, "training": {}, "baselines": {}}


@pytest.fixture(scope="module")
def published(root):
    return pd.read_csv(root / "resources/published/enhancement.tsv", sep="\t",
                       keep_default_na=False)  # fmt: skip


@pytest.fixture(scope="module")
def akita():
    return build_sequence_model(SEQUENCE_NETWORK, "akita", length=1_000_000, bins=200)


def test_published_rows_are_complete_and_unique(published):
    columns = "item quantity published unit source model sample split metric statistic note"
    assert list(published.columns) == columns.split()
    assert not published.duplicated("quantity").any()
    assert not published.duplicated(["model", "split", "metric"]).any()
    assert pd.to_numeric(published.published).notna().all()
    filled = ["item", "quantity", "unit", "source", "model", "split", "metric", "statistic"]
    assert (published[filled] != "").all().all()


def test_all_numbers_of_the_published_tables_are_listed(published):
    # two rows of Table II stand twice, for a trained network and for its authors' weights
    again = published.model.str.endswith("_published")
    assert again.sum() == 2 * 5
    counts = published[~again].groupby("item").size()
    assert counts["Table I"] == 2 * 3 * 4
    assert counts["Table II"] == 7 * 5
    assert counts["Table III"] == 3 * 4
    lines = published.set_index(["model", "split", "metric"]).published
    assert lines["data", "all", "sequence_windows"] == 2399
    assert (
        sum(lines["data", part, "sequence_windows"] for part in ("train", "valid", "test")) == 2399
    )


def test_the_layers_of_the_full_akita_like_network(akita):
    rows = pd.DataFrame(layer_rows(akita, "sequence_akita"))
    assert rows.parameters.sum() == akita.count_params() == 797_921
    assert rows.trainable.sum() == 792_225
    steps = fold_steps(layer_steps(rows))
    assert sum(step.parameters for step in steps) == 797_921
    assert [step.times for step in steps[:3]] == [1, 11, 8]
    assert steps[1].shape == "244 × 96"
    assert "dilated 1, 2, 3, 5, 9, 16, 29, 50" in steps[2].label
    assert steps[2].label.endswith("+ skip]")


def test_sizes_of_a_run_match_the_published_ones(tmp_path, published, akita):
    networks = {"sequence_akita": akita}
    head = build_head(size=188)
    maps = keras.Input((188, 188, 2))
    networks["hybrid"] = keras.Model(maps, head(maps))
    files = {}
    for name, network in networks.items():
        files[name] = str(tmp_path / f"{name}.keras")
        network.save(files[name])
    windows = pd.DataFrame({"kind": ["sequence", "sequence", "image"], "kept": [True, False, True]})
    windows.to_csv(tmp_path / "windows.tsv", sep="\t", index=False)
    tabulate_layers.main(
        list(files.values()), str(tmp_path / "windows.tsv"), names=list(files),
        image_settings=image_settings(BARE, "image"), window_bins=200, resolution=5000,
        image_crop=6, sequence_crop=10, ignore_diags=2, table=str(tmp_path / "layers.tsv"),
        sizes=str(tmp_path / "sizes.tsv"),
    )  # fmt: skip
    found = read_metrics(tmp_path / "sizes.tsv").set_index("metric").value
    wanted = published.set_index("metric").published
    assert found.sequence_windows == 1
    assert found.window_bp == 1_000_000
    for name in ("trunk_parameters", "akita_head_parameters", "akita_parameters",
                 "akita_trainable", "positions", "values"):  # fmt: skip
        assert found[f"size_sequence_{name}"] == wanted[f"size_sequence_{name}"], name
    for name in ("image_discriminator_parameters", "image_discriminator_logits",
                 "hybrid_head_parameters"):  # fmt: skip
        assert found[f"size_{name}"] == wanted[f"size_{name}"], name


@pytest.mark.parametrize("bins", [188, 28, 40])
def test_the_insulation_vector_has_the_tabulated_length(bins):
    maps = keras.random.uniform((1, bins, bins, 1), seed=0)
    assert insulation_vector(maps, **insulation_sizes(bins)).shape[1] == insulation_length(bins)
