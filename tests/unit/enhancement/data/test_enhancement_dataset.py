import numpy as np
import pytest

from workflow_scripts.enhancement.data.dataset import EnhancementData, EnhancementWriter

BINS, SIZE = 6, 10


@pytest.fixture
def written(tmp_path):
    """Seven windows of two maps, and what went in."""
    rng = np.random.default_rng(0)
    codes = {c: rng.integers(0, 5, 400, dtype=np.uint8) for c in ("a", "b")}
    rows, maps = [], []
    for number in range(7):
        start = 20 * (number // 2)
        row = {
            "map": "xy"[number % 2], "chrom": "ab"[number // 4], "start": start,
            "end": start + BINS * SIZE, "split": "train" if number < 4 else "test",
            "split_random": "", "input": "pool",
        }  # fmt: skip
        rows.append(row)
        maps.append(rng.random((2, BINS, BINS)).astype("float32"))

    def write(kind, name="data.h5"):
        path = tmp_path / name
        with EnhancementWriter(
            path, kind=kind, resolution=SIZE, window_bins=BINS, codes=codes
        ) as writer:
            for number, (row, (low, high)) in enumerate(zip(rows, maps, strict=True)):
                scales = {"scale_low": (number, 1, 2), "scale_high": (number, 3, 4)}
                found = {"target": high, "low": low, "high": high}
                assert writer.add(row, found, scales) == number
        return path

    return write, codes, rows, np.array(maps)


def test_what_is_written_is_read_in_any_order(written):
    write, codes, rows, maps = written
    with EnhancementData(write("image")) as data:
        assert (data.kind, len(data), data.window_bp) == ("image", 7, 60)
        assert data.splits == ["train", "test"]
        assert data.rows("test").tolist() == [4, 5, 6]
        assert data.rows("train", "test").tolist() == list(range(7))
        assert data.rows("train", column="split_random").tolist() == []
        order = [5, 0, 5, 3]
        batch = data.batch(order)
        np.testing.assert_array_equal(batch["low"], maps[order, 0])
        np.testing.assert_array_equal(batch["high"], maps[order, 1])
        for found, row in zip(batch["codes"], order, strict=True):
            of = rows[row]
            np.testing.assert_array_equal(found, codes[of["chrom"]][of["start"] : of["end"]])
        # windows of one place, of whatever map, share their number
        assert data.genome.tolist() == [0, 0, 1, 1, 2, 2, 3]
        assert data.scale_high[2].tolist() == [2, 3, 4]
        assert data.table()["map"].tolist() == list("xyxyxyx")
        assert data.batch([])["codes"].shape == (0, 60)
        assert data.batch([])["low"].shape == (0, 6, 6)


def test_the_same_content_gives_the_same_bytes(written):
    write = written[0]
    for kind in ("sequence", "image"):
        assert write(kind, "one.h5").read_bytes() == write(kind, "two.h5").read_bytes()


def test_nan_is_refused_and_leaves_no_file(written, tmp_path):
    _, codes, rows, maps = written
    bad = maps[0, 0].copy()
    bad[1, 2] = np.nan
    path = tmp_path / "bad.h5"
    with (
        pytest.raises(ValueError, match="target has NaN"),
        EnhancementWriter(
            path, kind="sequence", resolution=SIZE, window_bins=BINS, codes=codes
        ) as writer,
    ):
        writer.add(rows[0], {"target": bad})
    assert not list(tmp_path.iterdir())
