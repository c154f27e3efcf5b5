"""Score tables: splits, paired tests between models, and windows that do not overlap."""

import numpy as np
import pandas as pd
import pytest
from hybrid_example import METRICS, SIZE, write_windows
from scipy import stats

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.config.plan import prediction_runs
from workflow_scripts.enhancement.data.dataset import (
    EnhancementData,
    EnhancementWriter,
    center_crop,
)
from workflow_scripts.enhancement.evaluation.evaluate_enhancement import main
from workflow_scripts.enhancement.evaluation.map_metrics import pooled_scores
from workflow_scripts.enhancement.evaluation.metric_rows import contacts_of, score_run
from workflow_scripts.enhancement.evaluation.predictions import (
    Predictions,
    read_predictions,
    write_predictions,
)
from workflow_scripts.enhancement.evaluation.significance import (
    non_overlapping,
    paired_tests,
    signed_rank,
)


@pytest.fixture
def data(tmp_path):
    write_windows(tmp_path / "image.h5", regions=8)
    with EnhancementData(tmp_path / "image.h5") as opened:
        yield opened


def predicted(data, noise, seed=0):
    """The true maps with noise."""
    rows = np.flatnonzero(data.split != "")
    truth = center_crop(data.maps_of("high", rows), SIZE)
    jitter = np.random.default_rng(seed).normal(0, noise, truth.shape)
    made = (truth + (jitter + jitter.swapaxes(1, 2)) / 2).astype("float32")
    return Predictions("image", rows, data.split[rows], made)


def test_splits_are_scored_separately(data):
    made = predicted(data, 0.1)
    scored = score_run(data, made, model="image", seed=1, settings=METRICS)
    table = pd.DataFrame(scored.rows)
    assert set(table.split) == {"train", "valid", "test", "test_map", "test_both"}
    at = made.split == "test"
    truth = center_crop(data.maps_of("high", made.index[at]), SIZE)
    expected = pooled_scores(truth, made.prediction[at])
    rows = table[table.split == "test"].set_index("metric")
    for name in ("mae", "mse", "pearson", "spearman"):
        assert rows.value[name] == pytest.approx(expected[name])
        assert rows.n[name] == expected["pixels"]
        assert rows.n[f"{name}_per_map"] == at.sum()
    assert len(scored.windows) == len(made.index)
    assert set(scored.distances.distance) == {10 * k for k in range(SIZE)}


def test_splits_are_those_of_the_predictions(data):
    """A model trained on another split is scored with its own."""
    made = predicted(data, 0.1)
    other = Predictions(made.kind, made.index, np.full(len(made.index), "train"), made.prediction)
    scored = score_run(data, other, model="image", seed=1, settings=METRICS)
    assert {row["split"] for row in scored.rows} == {"train"}


def test_contacts_follow_from_the_scale(data):
    rows = np.arange(3)
    maps = data.maps_of("high", rows)
    found = contacts_of(data, maps, rows)
    np.testing.assert_allclose(found, np.exp(maps * 5 - 4) - 0.01, rtol=1e-5)


def test_better_maps_have_gains(data):
    runs = {("downsampled", 0): 0.2, ("image", 1): 0.05, ("image", 2): 0.05, ("hicplus", 1): 0.2}
    windows = [
        score_run(data, predicted(data, noise, 7 * seed + len(model)), model=model, seed=seed,
                  settings=METRICS).windows
        for (model, seed), noise in runs.items()
    ]  # fmt: skip
    table = paired_tests(pd.concat(windows)).set_index(["split", "metric", "model", "reference"])
    for metric in ("mae", "mse", "pearson", "scc_hicrep"):
        row = table.loc["train", metric, "image", "downsampled"]
        assert row.n == 12
        assert row.gain > 0
        assert row.fraction_better == 1
        assert row.p == pytest.approx(2**-12)
        assert row.n_non_overlapping == 6
        assert row.p_non_overlapping == pytest.approx(2**-6)
        assert row.seeds_better == row.seeds == 2
    assert table.loc["train", "mae", "hicplus", "downsampled"].p > 0.01


def test_signed_rank_is_scipy_s():
    gains = np.random.default_rng(0).normal(0.2, 1, 30)
    expected = stats.wilcoxon(gains, alternative="greater").pvalue
    assert signed_rank(np.append(gains, [0, np.nan])) == pytest.approx(expected)
    assert signed_rank(np.zeros(5)) == 1


def test_chosen_windows_do_not_overlap():
    windows = pd.DataFrame(
        {"map": list("aaaab"), "input": "pool", "chrom": ["1", "1", "1", "2", "1"],
         "start": [50, 0, 100, 20, 50], "end": [150, 100, 200, 120, 150]}
    )  # fmt: skip
    np.testing.assert_array_equal(non_overlapping(windows), [False, True, True, True, True])


def test_predictions_survive_the_file(tmp_path, data):
    made = predicted(data, 0.1)
    files = [tmp_path / f"{n}.h5" for n in range(2)]
    for path in files:
        write_predictions(path, kind=made.kind, index=made.index, split=made.split,
                          prediction=made.prediction)  # fmt: skip
    again = read_predictions(files[0])
    assert again.kind == "image"
    np.testing.assert_array_equal(again.index, made.index)
    np.testing.assert_array_equal(again.split, made.split)
    np.testing.assert_array_equal(again.prediction, made.prediction)
    assert files[0].read_bytes() == files[1].read_bytes()
    with pytest.raises(UserError, match="1 of 2 windows are not"):
        write_predictions(files[0], kind="image", index=[0, 1], split=["test"] * 2,
                          prediction=np.array([np.eye(3), np.full((3, 3), np.nan)]))  # fmt: skip


def test_all_tables_are_written(tmp_path, data):
    """Both kinds of windows, a model with a larger crop, and a zeroed hybrid."""
    with EnhancementWriter(
        tmp_path / "sequence.h5", kind="sequence", resolution=10, window_bins=24,
        codes={"chr1": np.zeros(480, "uint8")},
    ) as writer:  # fmt: skip
        rng = np.random.default_rng(1)
        for start in (0, 240):
            target = rng.normal(0, 0.5, (24, 24))
            row = {"map": "a", "chrom": "chr1", "start": start, "end": start + 240}
            row |= {"split": "test", "split_random": "train", "input": ""}
            writer.add(row, {"target": (target + target.T) / 2})
    with EnhancementData(tmp_path / "sequence.h5") as other:
        truth = center_crop(other.maps_of("target", [0, 1]), 20)
    files = {}
    for name, noise in (("downsampled", 0.2), ("hybrid", 0.1), ("hybrid_without_image", 0.3)):
        made = predicted(data, noise)
        files[name] = [str(tmp_path / f"{name}.seed{int(name != 'downsampled')}.h5")]
        write_predictions(files[name][0], kind=made.kind, index=made.index, split=made.split,
                          prediction=made.prediction)  # fmt: skip
    files["sequence_akita"] = [str(tmp_path / "sequence_akita.seed3.h5")]
    write_predictions(files["sequence_akita"][0], kind="sequence", index=[0, 1],
                      split=["test", "test"], prediction=truth)  # fmt: skip
    runs = prediction_runs(files)
    assert list(runs)[-1] == ("sequence_akita", 3)
    names = ("metrics", "by_distance", "by_map", "windows", "paired", "zeroed")
    out = {name: str(tmp_path / f"{name}.tsv") for name in names}
    main(
        str(tmp_path / "sequence.h5"), data.path, list(runs.values()), runs=list(runs),
        settings=METRICS, zeroed_models={"hybrid_without_image": "image"}, **out,
    )  # fmt: skip
    metrics = read_metrics(out["metrics"])
    perfect = metrics[(metrics.model == "sequence_akita") & (metrics.metric == "pearson")]
    assert perfect.value.tolist() == [1]
    assert perfect.seed.tolist() == [3]
    counts = metrics[(metrics.model == "data") & (metrics.split == "test")].set_index("metric")
    assert counts.value.to_dict() == {
        "image_windows": 2, "image_regions": 1, "sequence_windows": 2, "sequence_regions": 2,
    }  # fmt: skip
    zeroed = pd.read_csv(out["zeroed"], sep="\t", keep_default_na=False)
    assert set(zeroed.zeroed) == {"none", "image"}
    assert set(zeroed.model) == {"hybrid", "hybrid_without_image"}
    by_map = read_metrics(out["by_map"])
    assert set(by_map["sample"][by_map.split == "test"]) == {"a", "b"}
    assert set(by_map["sample"][by_map.split == "test_both"]) == {"c"}
    assert "train" not in set(by_map.split)
    paired = pd.read_csv(out["paired"], sep="\t")
    assert set(zip(paired.model, paired.reference, strict=True)) == {("hybrid", "downsampled")}
