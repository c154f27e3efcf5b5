"""Juicer's .hic maps, by either library, against the matrix they were made of."""

import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tests.unit.contacts.conftest import SIZES
from tests.unit.contacts.test_ready_maps import BINS, counts, refused, sizes, take_in
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts.hic_files import open_hic, read_hic
from workflow_scripts.contacts.plan import check_beginnings

__all__ = ["sizes", "take_in"]  # fixtures
NEEDED = "hictkpy is not installed: .hic files can be neither written nor read"


def write_hic(path, matrix, names=tuple(SIZES), resolutions=(5000, 10_000)):
    """A .hic by hictk, whose name in this file is that of the genome's chromosomes or not."""
    hictkpy = pytest.importorskip("hictkpy", reason=NEEDED)
    lengths = dict(zip(names, SIZES.values(), strict=True))
    writer = hictkpy.hic.FileWriter(str(path), lengths, list(resolutions))
    one, two = np.nonzero(np.triu(matrix))
    writer.add_pixels_from_dict(
        {"bin1_id": one.tolist(), "bin2_id": two.tolist(),
         "count": matrix[one, two].astype(float).tolist()}
    )  # fmt: skip
    writer.finalize()
    return path


@pytest.mark.parametrize("names", [("chrA", "chrB"), ("A", "B")])
def test_a_hic_map_has_the_counts_it_was_made_of(take_in, tmp_path, names):
    path = write_hic(tmp_path / "a.hic", counts(), names)
    np.testing.assert_array_equal(take_in("hic", path), counts())


def test_a_damaged_hic_map_and_one_of_another_genome_are_refused(take_in, tmp_path):
    path = write_hic(tmp_path / "a.hic", counts())
    short = tmp_path / "short.hic"
    short.write_bytes(path.read_bytes()[:60])
    refused(take_in, r"short\.hic: damaged \.hic file", "hic", short)
    other = write_hic(tmp_path / "o.hic", counts(), ("x", "y"))
    refused(take_in, r"none of its chromosomes \(x, y\)", "hic", other)
    coarse = write_hic(tmp_path / "c.hic", np.ones((10, 10)), resolutions=[10_000])
    refused(take_in, "resolutions 10000 bp; expected: .* 5000, or a divisor", "hic", coarse)


class Straw:
    """Stands for hicstraw: chromosomes and records as its own, by position in bp."""

    def __init__(self, matrix, lengths=SIZES):
        self.matrix, self.lengths = matrix, lengths

    def HiCFile(self, path):
        chromosomes = [SimpleNamespace(name="ALL", length=100, index=0)]
        chromosomes += [SimpleNamespace(name=name, length=size, index=number)
                        for number, (name, size) in enumerate(self.lengths.items(), 1)]  # fmt: skip
        return SimpleNamespace(
            getChromosomes=lambda: chromosomes[::-1], getResolutions=lambda: [10_000, 5000]
        )

    def straw(self, matrix_type, norm, path, one, two, unit, size):
        assert (matrix_type, norm, unit, size) == ("observed", "NONE", "BP", 5000)
        spans = {"chrA": (0, 12), "chrB": (12, BINS)}
        (low, high), (first, last) = spans[one], spans[two]
        part = self.matrix[low:high, first:last]
        part = np.triu(part) if one == two else part
        return [SimpleNamespace(binX=5000 * i, binY=5000 * j, counts=float(part[i, j]))
                for i, j in zip(*np.nonzero(part), strict=True)]  # fmt: skip


@pytest.fixture
def empty_hic(tmp_path):
    """A file with the first bytes of a .hic, for a library that does not read it."""
    path = tmp_path / "a.hic"
    path.write_bytes(b"HIC\0" + bytes(60))
    return path


def test_a_hic_map_is_read_by_hicstraw_too(take_in, empty_hic, monkeypatch):
    monkeypatch.setitem(sys.modules, "hictkpy", None)
    monkeypatch.setitem(sys.modules, "hicstraw", Straw(counts()))
    np.testing.assert_array_equal(take_in("hic", empty_hic), counts())
    monkeypatch.setitem(sys.modules, "hicstraw", Straw(counts(), {"chrA": 59_000, "chrB": 40_000}))
    refused(take_in, "chrA has 59000 bp, in the genome 60000 bp", "hic", empty_hic)
    monkeypatch.setitem(sys.modules, "hicstraw", Straw(counts() - 5))
    refused(take_in, "count -.* of bins chr.*; expected: counts", "hic", empty_hic)
    monkeypatch.setitem(sys.modules, "hicstraw", Straw(counts()))
    refused(take_in, "a.hic: resolutions 5000, 10000 bp; expected", "hic", empty_hic,
            resolutions=[4000])  # fmt: skip


def test_a_damaged_hic_map_is_named_by_its_reader(empty_hic, monkeypatch):
    broken = Straw(counts())
    monkeypatch.setattr(
        broken, "straw", lambda *_: (_ for _ in ()).throw(RuntimeError("bad block"))
    )
    monkeypatch.setitem(sys.modules, "hictkpy", None)
    monkeypatch.setitem(sys.modules, "hicstraw", broken)
    with pytest.raises(UserError, match=r"damaged \.hic file \(bad block\)"):
        read_hic(str(empty_hic), SIZES, 5000)


def test_without_a_library_the_message_says_how_to_convert_a_hic_map(empty_hic, monkeypatch):
    for name in ("hictkpy", "hicstraw"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UserError) as caught:
        open_hic(str(empty_hic))
    for part in ("hictkpy or hicstraw", "hictk convert a.hic a.mcool", "hic2cool", "kind mcool"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    other = shutil.copy(__file__, empty_hic.with_name("x.hic"))
    with pytest.raises(UserError, match=r"x\.hic: no \.hic file"):
        open_hic(str(other))


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"HIC\0" + bytes(9), "cool", "a .hic file; .* fix: give it kind hic"),
        (b"\x89HDF\r\n\x1a\n", "hic", "no .hic file; .* fix: give it kind cool or mcool"),
        (b"\x1f\x8b" + bytes(9), "mcool", "compressed by gzip; fix: gunzip it"),
        (
            b"\x89HDF\r\n\x1a\n\x03\x08\x08" + bytes(17) + b"\x00\x10" + bytes(40),
            "cool",
            "the map is truncated",
        ),
        (b"1 2 3", "cool", "no contact map; expected: .cool or .mcool"),
    ],
)
def test_maps_of_another_format_are_refused_before_any_job(tmp_path, content, kind, message):
    path = tmp_path / "a.map"
    path.write_bytes(content)
    runs = pd.DataFrame([{"run": "a", "kind": kind, "file": str(path)}])
    with pytest.raises(
        UserError, match=message.replace(".", "[.]").replace("[.]*", ".*")
    ) as caught:
        check_beginnings(runs, "runs.tsv")
    assert str(caught.value).startswith("runs.tsv: run 'a': ")
    check_beginnings(runs.assign(kind="hic" if content[:3] == b"HIC" else "peaks"), "runs.tsv")
