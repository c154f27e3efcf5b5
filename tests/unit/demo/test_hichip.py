import gzip

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo import simulate_hichip
from workflow_scripts.demo.sequencing import hic, hichip
from workflow_scripts.demo.world.world import World

PAIRS = 3_000


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def ends(world):
    return hic.restriction_ends(world.sequences, "MboI", 0.1, 600)


@pytest.fixture(scope="module")
def caught(world, settings, seed):
    return hichip.caught_signal(world, cell="Alpha", target="H3K27ac", settings=settings, seed=seed)


@pytest.fixture(scope="module")
def weights(world, settings, caught):
    return hichip.loop_weights(world.loops, "Alpha", caught, settings["contacts"]["grid"])


@pytest.fixture(scope="module")
def make(settings, folder, tmp_path_factory, seed):
    def run(sample="Alpha_hichip_1", cell="Alpha", target="H3K27ac", **changes):
        out = tmp_path_factory.mktemp("hichip")
        rules = settings | {"hichip": settings["hichip"] | {"pairs": PAIRS} | changes}
        files = {"fastq1": out / "1.gz", "fastq2": out / "2.gz", "truth": out / "t.tsv"}
        simulate_hichip.main(world=folder, sample=sample, cell=cell, target=target, settings=rules,
                             seed=seed, **files)  # fmt: skip
        return out

    return run


@pytest.fixture(scope="module")
def plain(make):
    return make()


def places(world, ends, rows):
    """Places along the genome, chromosomes one after another."""
    offset = np.concatenate([[0], np.cumsum(list(world.chromosomes.values()))])
    return offset[ends.chrom[rows]] + ends.edge[rows]


def anchors(world):
    """Middles of all loops' two anchors, along the genome, shape (2, loops)."""
    offset = np.concatenate([[0], np.cumsum(list(world.chromosomes.values()))])
    shift = offset[[list(world.chromosomes).index(chrom) for chrom in world.loops.chrom]]
    return np.stack([shift + (world.loops[f"start{s}"] + world.loops[f"end{s}"]) / 2 for s in "12"])


def test_sample_is_reproducible_and_its_own(make, plain):
    same, other = make(), make(sample="Alpha_hichip_2")
    for name in ("1.gz", "2.gz"):
        first = (plain / name).read_bytes()
        assert (same / name).read_bytes() == first != (other / name).read_bytes()
    assert (same / "t.tsv").read_bytes() == (plain / "t.tsv").read_bytes()


@pytest.mark.parametrize("fraction", [0.0, 0.3])
def test_classes_add_up(make, fraction):
    folder = make(loop_fraction=fraction)
    row = pd.read_table(folder / "t.tsv").iloc[0]
    assert row[[*hic.CLASSES, "duplicates", "junk"]].sum() == row.pairs == PAIRS
    assert row.cis + row.trans == row[list(hic.CLASSES)].sum()
    assert row.loop == pytest.approx(fraction * row.valid, abs=0.5)
    for name in ("1.gz", "2.gz"):
        with gzip.open(folder / name, "rt") as handle:
            assert sum(1 for _ in handle) == 4 * PAIRS


def test_loop_pairs_lie_at_anchors_in_proportion_to_weight(world, ends, weights):
    number, sd = 20_000, 300
    one, two = hichip.draw_loop_pairs(
        world, ends, number, weights=weights, anchor_sd=sd, rng=generator(1)
    )
    assert len(one) == len(two) == number
    assert (ends.fragment[one] != ends.fragment[two]).all()
    assert (ends.chrom[one] == ends.chrom[two]).all()
    place = np.stack([places(world, ends, rows) for rows in (one, two)])
    middle = anchors(world)
    away = np.abs(place[:, :, None] - middle[:, None, :]).max(axis=0)  # pairs x loops
    nearest = away.argmin(axis=1)
    # a cut comes every 256 bp
    assert np.median(away.min(axis=1)) < 2 * sd and (away.min(axis=1) < 4 * sd + 2_000).all()
    # loops that lie apart from all others, and are long enough for no pair to be drawn again
    apart = np.abs(middle[:, :, None] - middle[:, None, :]).max(axis=0)
    np.fill_diagonal(apart, np.inf)
    clear = (apart.min(axis=0) > 8_000) & (world.loops.distance > 8_000).to_numpy()
    found = np.bincount(nearest, minlength=len(weights))[clear]
    expected = weights[clear] / weights[clear].sum() * found.sum()
    assert clear.sum() > 8 and chisquare(found, expected).pvalue > 1e-3


def test_weights_are_strength_times_the_anchors_signal(world, settings):
    grid = settings["contacts"]["grid"]
    flat = {c: np.full(-(-n // grid), 3.0) for c, n in world.chromosomes.items()}
    even = hichip.loop_weights(world.loops, "Beta", flat, grid)
    np.testing.assert_allclose(even, 3 * world.loops.Beta)
    # signal at one anchor alone counts half
    loop = world.loops[world.loops.distance > 3 * hichip.ANCHOR_WINDOW].iloc[:1]
    raised = {c: track.copy() for c, track in flat.items()}
    middle = int(loop.start1.iloc[0] + loop.end1.iloc[0]) // 2
    low, high = ((middle + side * hichip.ANCHOR_WINDOW // 2) // grid for side in (-1, 1))
    raised[loop.chrom.iloc[0]][low : high + 1] = 9.0
    weight = hichip.loop_weights(loop, "Beta", raised, grid)
    np.testing.assert_allclose(weight, 6 * loop.Beta)


def test_active_places_are_pulled_down(world, settings, ends, caught):
    """Promoters and enhancers of a cell that are active stand out of what the antibody holds, and
    an end in a bin is drawn as often as its signal says."""
    grid = settings["contacts"]["grid"]
    mean = np.concatenate(list(caught.values())).mean()
    for table, column in ((world.genes, "tss"), (world.enhancers, "start")):
        signal = np.array([caught[row.chrom][getattr(row, column) // grid]
                           for row in table.itertuples()])  # fmt: skip
        on = (table.Alpha == "active" if column == "tss" else table.Alpha > 0).to_numpy()
        assert signal[on].mean() > 1.3 * mean and signal[on].mean() > 1.5 * signal[~on].mean()
    signal = np.concatenate(list(caught.values()))
    counts = [-(-size // grid) for size in world.chromosomes.values()]
    offset = np.concatenate([[0], np.cumsum(counts)])
    seen = np.bincount(offset[ends.chrom] + ends.edge // grid, ends.weight, minlength=offset[-1])
    found = {}
    for name, pull in (("hic", None), ("hichip", caught)):
        pairs = hic.draw_contacts(world, ends, 40_000, cell="Alpha", settings=settings["contacts"],
                                  rng=generator(2), caught=pull)  # fmt: skip
        bins = [offset[ends.chrom[rows]] + ends.edge[rows] // grid for rows in pairs]
        found[name] = np.bincount(np.concatenate(bins), minlength=offset[-1])
    high = (signal > 2 * np.median(signal)) & (seen > 0)
    share = {name: count[high].sum() / count.sum() for name, count in found.items()}
    assert share["hichip"] > 1.3 * share["hic"]


def test_planted_loops_rise_over_pairs_as_far_apart(world, settings, ends, caught, weights):
    """Pairs at both anchors of a strong loop, against places moved along by the same step."""
    rng = generator(3)
    number = 60_000

    def enrichment(looped):
        pairs = simulate_hichip.draw_pairs(
            world, ends, looped, number - looped, cell="Alpha", caught=caught, settings=settings,
            rng=rng,
        )  # fmt: skip
        place = np.sort(np.stack([places(world, ends, rows) for rows in pairs]), axis=0)
        strong = (world.loops.distance > 15_000).to_numpy() & (weights > np.median(weights))
        middle = np.sort(anchors(world)[:, strong], axis=0)

        def near(shift):
            return sum(
                (np.abs(place - (m + shift)[:, None]) < 2_500).all(axis=0).sum() for m in middle.T
            )

        # ten places to either side, all as far apart as the loop's anchors
        moved = [
            near(step) for step in (*range(-45_000, -9_000, 6_000), *range(15_000, 50_000, 6_000))
        ]
        return near(0) / np.mean(moved)

    with_loops, without = enrichment(9_000), enrichment(0)
    assert with_loops > 3 and with_loops > 2 * without


def test_what_cannot_be_made_is_refused(make, world, ends, settings, seed):
    with pytest.raises(UserError, match=r"'Omega' is not in .* expected: Alpha, Beta"):
        make(cell="Omega")
    with pytest.raises(UserError, match="target 'H3K5' is unknown to the demo; expected: input"):
        make(target="H3K5")
    empty = World(**{**vars(world), "loops": world.loops.iloc[:0]})
    with pytest.raises(UserError, match="loop_fraction: the world has no loops to draw from"):
        hichip.draw_loop_pairs(
            empty, ends, 5, weights=np.zeros(0), anchor_sd=1, rng=generator()
        )  # fmt: skip
    odd = settings | {"contacts": settings["contacts"] | {"grid": 510}}
    with pytest.raises(
        UserError, match="grid: 510; expected with HiChIP samples: a multiple of 25"
    ):
        hichip.caught_signal(world, cell="Alpha", target="H3K27ac", settings=odd, seed=seed)
