import re

import cooler
import numpy as np
import pytest

from workflow_scripts.chromaloom.genomics.restriction import ligation_junction, restriction_sites
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo import simulate_contacts
from workflow_scripts.demo.world.contacts import (
    boundary_strengths,
    cis_kernel,
    compartment_scores,
    contact_blocks,
)
from workflow_scripts.demo.world.sequence import decode

PLAIN = {"compartment": 0.0, "compaction": 0.0, "insulation": 0.0, "loop": 0.0}


@pytest.fixture(scope="module")
def kernel(world, settings):
    def make(cell="Alpha", chrom="chrA", resolution=5_000, **changes):
        return cis_kernel(world, cell=cell, chrom=chrom, resolution=resolution,
                          settings=settings["contacts"] | changes)  # fmt: skip

    return make


@pytest.mark.parametrize("resolution", [2_000, 10_000, 7_000])
def test_kernel_is_symmetric_and_decays(kernel, world, resolution):
    matrix = kernel(resolution=resolution)
    number = -(-world.chromosomes["chrA"] // resolution)
    assert matrix.shape == (number, number)
    np.testing.assert_allclose(matrix, matrix.T)
    assert (matrix > 0).all()
    plain = kernel(resolution=resolution, plateau=0, **PLAIN)
    diagonals = [np.diag(plain, d).mean() for d in range(number)]
    assert (np.diff(diagonals) < 0).all()
    mean = [np.diag(matrix, d).mean() for d in (1, number // 8, number // 2)]
    assert mean[0] > mean[1] > mean[2]


def test_decay_has_the_stated_exponent(kernel):
    for exponent in (0.7, 1.5):
        row = kernel(decay=exponent, plateau=0, **PLAIN)[0]
        slope = np.polyfit(np.log(np.arange(1, len(row))), np.log(row[1:]), 1)[0]
        assert slope == pytest.approx(-exponent, abs=1e-6)


def test_compartments_attract_their_like(kernel, world):
    score = compartment_scores(world, "Alpha", "chrA", 5_000)
    assert np.abs(score).max() <= 1 + 1e-9 and np.ptp(score) > 1
    ratio = kernel(**PLAIN | {"compartment": 0.5}) / kernel(**PLAIN)
    alike = np.outer(score, score) > 0
    assert (ratio[alike] > 1).all() and (ratio[~alike] <= 1).all()
    np.testing.assert_allclose(np.log(ratio), 0.5 * np.outer(score, score))


def test_closed_chromatin_is_compact_at_short_distances(kernel, world):
    score = compartment_scores(world, "Alpha", "chrA", 5_000)
    gain = np.log(kernel(**PLAIN | {"compaction": 0.5}) / kernel(**PLAIN))
    for d in (0, 4, 30):
        mean = (score[: len(score) - d] + score[d:]) / 2
        np.testing.assert_allclose(np.diag(gain, d), -0.5 * mean * np.exp(-d / 10), atol=1e-12)


def test_boundaries_insulate(kernel, world):
    ratio = kernel(**PLAIN | {"insulation": 0.8}) / kernel(**PLAIN)
    strength = boundary_strengths(world, "Alpha", "chrA")
    centers = (np.arange(len(ratio)) + 0.5) * 5_000
    for i, j in [(0, 5), (3, 40), (20, 22), (len(ratio) - 1, 10)]:
        low, high = sorted([centers[i], centers[j]])
        crossed = strength[(strength.index >= low) & (strength.index < high)].sum()
        assert np.log(ratio[i, j]) == pytest.approx(-0.8 * min(crossed, 2.5))
    assert ((strength >= 0.4) & (strength <= 1)).all()


def test_loops_raise_their_anchors(kernel, world):
    ratio = kernel(resolution=2_000, **PLAIN | {"loop": 0.5}) / kernel(resolution=2_000, **PLAIN)
    assert ratio.min() == 1  # nothing but gains, and none far from anchors
    local = world.loops[world.loops.chrom == "chrA"]
    for loop in local.itertuples():
        i, j = (int(x // 2_000) for x in ((loop.start1 + loop.end1) / 2,
                                          (loop.start2 + loop.end2) / 2))  # fmt: skip
        assert ratio[i, j] >= 1 + 0.95 * 0.5 * loop.Alpha


@pytest.fixture(scope="module")
def blocks(world, settings):
    def make(cell="Alpha", **changes):
        rules = settings["contacts"] | changes
        return {(one, two): block for one, two, block in
                contact_blocks(world, cell=cell, settings=rules)}  # fmt: skip

    return make


def test_contacts_level_off_below_the_plateau(kernel):
    plain = kernel(resolution=2_000, plateau=9_000, decay=1.0, **PLAIN)
    row = plain[0] / plain[0, 0]
    np.testing.assert_allclose(row[:5], 1)  # up to 8 kb
    np.testing.assert_allclose(row[5:], 9 / (2 * np.arange(5, len(row))))


def test_blocks_are_probabilities(blocks):
    found = blocks("Beta", trans_fraction=0.25, grid=10_000)
    assert sum(block.sum() for block in found.values()) == pytest.approx(1)
    trans = sum(block.sum() for (one, two), block in found.items() if one != two)
    assert trans == pytest.approx(0.25)
    assert (np.tril(found["chrA", "chrA"], -1) == 0).all()
    assert list(found) == [("chrA", "chrA"), ("chrA", "chr2"), ("chr2", "chr2")]


@pytest.mark.parametrize(("grid", "near"), [(10_000, 1), (5_000, 2)])
def test_every_bin_is_equally_visible(blocks, kernel, grid, near):
    found = blocks(grid=grid)
    sums = {"chrA": found["chrA", "chr2"].sum(1), "chr2": found["chrA", "chr2"].sum(0)}
    for chrom, total in sums.items():
        far = np.triu(found[chrom, chrom], near)
        total += far.sum(0) + far.sum(1)
    total = np.concatenate(list(sums.values()))
    assert np.ptp(total) / total.mean() < 3e-4
    # what one factor per bin does not change: the ratio of any two rows over two columns
    ours, model = found["chrA", "chrA"], kernel(resolution=grid)
    for i, k, j, m in [(0, 3, 10, 20), (1, 2, 5, 30)]:
        ratio = [x[i, j] * x[k, m] / (x[i, m] * x[k, j]) for x in (ours, model)]
        assert ratio[0] == pytest.approx(ratio[1])


def test_a_lone_bin_is_not_scaled(world, settings):
    rules = settings["contacts"] | {"grid": 500_000, "trans_fraction": 0.0}
    found = [block for *_, block in contact_blocks(world, cell="Alpha", settings=rules)]
    assert all(np.isfinite(block).all() for block in found)
    assert sum(block.sum() for block in found) == pytest.approx(1)


def test_cooler_holds_the_model(world, settings, folder, blocks, tmp_path):
    rules = settings["contacts"]
    for name in ("a", "b"):
        simulate_contacts.main(world=folder, cell="Alpha", settings=rules,
                               cool=tmp_path / f"{name}.cool")  # fmt: skip
    assert (tmp_path / "a.cool").read_bytes() == (tmp_path / "b.cool").read_bytes()
    clr = cooler.Cooler(str(tmp_path / "a.cool"))
    assert clr.chromsizes.to_dict() == settings["chromosomes"]
    assert clr.pixels()[:]["count"].dtype == np.float64
    assert clr.pixels()[:]["count"].sum() == pytest.approx(1e6)
    matrix = clr.matrix(balance=False)
    np.testing.assert_allclose(matrix[:], matrix[:].T)
    fine = blocks()["chrA", "chr2"]
    for i, j in [(0, 0), (3, 7), (41, 26)]:  # the last bins are short
        square = fine[4 * i : 4 * i + 4, 4 * j : 4 * j + 4]
        assert matrix.fetch("chrA", "chr2")[i, j] == pytest.approx(1e6 * square.sum())


def test_a_resolution_that_the_grid_does_not_divide_is_refused(settings, folder, tmp_path):
    rules = settings["contacts"] | {"resolution": 6_000}
    with pytest.raises(UserError, match=r"contacts.resolution: 6000; expected: a multiple .* 2500"):
        simulate_contacts.main(world=folder, cell="Alpha", settings=rules, cool=tmp_path / "x")


@pytest.mark.parametrize(
    ("enzyme", "site", "cut", "junction"),
    [("MboI", "GATC", 0, "GATCGATC"), ("DpnII", "GATC", 0, "GATCGATC"),
     ("HindIII", "AAGCTT", 1, "AAGCTAGCTT"), ("BglII", "AGATCT", 1, "AGATCGATCT")],
)  # fmt: skip
def test_restriction_sites_equal_a_naive_search(world, enzyme, site, cut, junction):
    text = decode(world.sequences["chr2"])
    naive = [match.start() + cut for match in re.finditer(f"(?={site})", text)]
    found = restriction_sites(decode(world.sequences["chr2"]), enzyme)
    assert len(naive) > 5 and list(found) == naive
    assert ligation_junction(enzyme) == junction


@pytest.mark.parametrize("enzyme", ["Nonsense", "AluI", "KpnI", "search"])
def test_enzymes_without_a_fillable_end_are_refused(enzyme):
    with pytest.raises(UserError, match=repr(enzyme)):
        ligation_junction(enzyme)
