"""Data that the scripts of Enhancement reject, across its folders."""

from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.data.sequence_data import SequenceWindows, WindowEmbeddings
from workflow_scripts.enhancement.evaluation import evaluate_enhancement
from workflow_scripts.enhancement.figures.tabulate_maps import test_rows as rows_of_tests
from workflow_scripts.enhancement.training import hybrid_training


@pytest.mark.parametrize(
    ("arrays", "named"),
    [
        ({"chrom": ["a"], "start": [0]}, "'embeddings'"),
        (
            {"embeddings": np.zeros((2, 3)), "chrom": ["a"], "start": [0]},
            r"shape \(2, 3\), 1 chrom",
        ),
    ],
)
def test_embeddings_of_another_form_are_rejected(tmp_path, arrays, named):
    with h5py.File(tmp_path / "e.h5", "w") as handle:
        for name, values in arrays.items():
            handle[name] = values
    with pytest.raises(UserError, match=rf"e\.h5.*{named}"):
        WindowEmbeddings(tmp_path / "e.h5")


def test_the_control_with_shuffled_dna_needs_two_regions():
    data = SimpleNamespace(
        path="sequence.h5", genome=np.array(["g"]), rows=lambda split, column: np.array([0]),
        maps_of=lambda name, rows: np.zeros((len(rows), 2, 2)),
    )  # fmt: skip
    with pytest.raises(UserError, match=r"sequence\.h5.*'train'"):
        SequenceWindows.of(SimpleNamespace(data=data), "train", column="split",
                           pixels=np.array([1]), shuffle=1)  # fmt: skip


def test_predictions_without_windows_are_rejected(monkeypatch, tmp_path):
    class Data(SimpleNamespace):
        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    monkeypatch.setattr(evaluate_enhancement, "EnhancementData", lambda path: Data(kind=path))
    monkeypatch.setattr(evaluate_enhancement, "count_rows", lambda data: [])
    empty = SimpleNamespace(index=np.array([], int), kind="image")
    monkeypatch.setattr(evaluate_enhancement, "read_predictions", lambda path: empty)
    outputs = ("metrics", "by_distance", "by_map", "windows", "paired", "zeroed")
    with pytest.raises(UserError, match=r"p\.h5"):
        evaluate_enhancement.main(
            "sequence", "image", predictions=["p.h5"], runs=[("m", 1)], sizes="", zeroed_models={},
            settings={}, **{name: str(tmp_path / name) for name in outputs},
        )  # fmt: skip


def test_data_without_test_windows_have_no_map_to_draw():
    data = SimpleNamespace(splits=["train", "valid"], path="image.h5", kind="image")
    with pytest.raises(UserError, match=r"image\.h5"):
        rows_of_tests(data, {"map": ""})


def test_validation_maps_that_are_not_finite_end_the_training():
    with pytest.raises(UserError, match="not finite"):
        hybrid_training._scores(SimpleNamespace(), np.full((1, 2, 2), np.nan))
