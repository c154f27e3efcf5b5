import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.data.splits import assign_splits, map_splits

SIZES = {"a": 1_000_000, "b": 300_000}
LENGTH = 40_000
BASE = {
    "scheme": "arc", "valid": ["a:200k-300k"], "test": ["a:600k-750k"], "gap": 0, "circular": [],
    "test_maps": [], "fractions": [0.1, 0.2],
}  # fmt: skip


def make_windows(step=10_000):
    rows = [(c, s, s + LENGTH) for c, n in SIZES.items() for s in range(0, n - LENGTH + 1, step)]
    return pd.DataFrame(rows, columns=["chrom", "start", "end"])


def least_distance(one, two, circular=()):
    """Bases between the nearest windows of two sets, negative where they overlap."""
    found = []
    for a in one.itertuples():
        near = two[two.chrom == a.chrom]
        apart = np.maximum(near.start - a.end, a.start - near.end)
        if a.chrom in circular:
            size = SIZES[a.chrom]
            apart = np.minimum(
                apart, np.minimum(near.start + size - a.end, a.start + size - near.end)
            )
        found += apart.tolist()
    return min(found)


def test_arcs_and_gaps_separate_the_splits():
    windows = make_windows()
    for gap in (0, 12_000):
        found, _ = assign_splits(windows, {**BASE, "gap": gap}, SIZES, 1)
        sets = {name: windows[found == name] for name in ("train", "valid", "test")}
        assert all(len(rows) for rows in sets.values())
        for name in ("valid", "test"):
            assert least_distance(sets["train"], sets[name]) >= gap
        assert least_distance(sets["valid"], sets["test"]) >= 0
        inside = sets["test"]
        assert (inside.start >= 600_000).all() and (inside.end <= 750_000).all()
        # nothing is left out that lies wholly in an arc, or far from all
        assert len(inside) == (150_000 - LENGTH) // 10_000 + 1
        assert (found[windows.chrom == "b"] == "train").all()


def test_an_arc_can_span_the_origin_of_a_circle():
    windows = make_windows()
    split = {**BASE, "test": ["a:900k-100k"], "circular": ["a"], "gap": 10_000}
    found, _ = assign_splits(windows, split, SIZES, 1)
    test, train = windows[found == "test"], windows[found == "train"]
    assert set(test.start < 100_000) == {True, False}
    assert ((test.end <= 100_000) | (test.start >= 900_000)).all()
    assert least_distance(train, test, circular=["a"]) >= 10_000
    # an arc that ends at the origin: its gap goes on at the chromosome's start
    split = {**BASE, "test": ["a:900k-1000k"], "circular": ["a"], "gap": 10_000}
    found, _ = assign_splits(windows, split, SIZES, 1)
    assert windows.start[(found == "train") & (windows.chrom == "a")].min() == 10_000
    with pytest.raises(UserError, match="ends before it starts"):
        assign_splits(windows, {**BASE, "test": ["a:900k-100k"]}, SIZES, 1)


def test_whole_chromosomes():
    windows = make_windows()
    split = {**BASE, "scheme": "chromosome", "valid": ["b"], "test": ["a"]}
    found, _ = assign_splits(windows, split, SIZES, 1)
    assert (found == np.where(windows.chrom == "b", "valid", "test")).all()
    with pytest.raises(UserError, match=r"split.valid: unknown chromosome 'z'; available: a, b"):
        assign_splits(windows, {**split, "valid": ["z"]}, SIZES, 1)


def test_random_splits_have_the_counts_of_the_others_and_follow_the_seed():
    windows = make_windows()
    found, chance = assign_splits(windows, BASE, SIZES, 1)
    for name in ("train", "valid", "test", ""):
        assert (found == name).sum() == (chance == name).sum()
    assert ((found == "") == (chance == "")).all()
    assert (found != chance).any()
    assert (chance == assign_splits(windows, BASE, SIZES, 1)[1]).all()
    assert (chance != assign_splits(windows, BASE, SIZES, 2)[1]).any()
    found, chance = assign_splits(windows, {**BASE, "scheme": "random"}, SIZES, 1)
    assert (found == chance).all()
    assert (found == "valid").sum() == round(0.1 * len(windows))
    assert (found == "test").sum() == round(0.2 * len(windows))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test": ["a:250k-400k"]}, "valid 'a:200k-300k' and test 'a:250k-400k' overlap"),
        ({"test": ["a:900k-1.2M"]}, "ends beyond a; expected: at most 1,000,000 bp"),
        ({"test": ["c:1-2"]}, "unknown chromosome 'c'"),
    ],
)
def test_wrong_arcs_are_refused(change, message):
    with pytest.raises(UserError, match=message):
        assign_splits(make_windows(), {**BASE, **change}, SIZES, 1)


def test_held_out_maps_have_their_own_test_splits():
    found = np.array(["train", "valid", "test", ""])
    assert map_splits(found, held_out=False).tolist() == ["train", "valid", "test", ""]
    assert map_splits(found, held_out=True).tolist() == ["test_map", "", "test_both", ""]
    assert map_splits(found, False, "_x").tolist() == ["train", "valid", "test_x", ""]
