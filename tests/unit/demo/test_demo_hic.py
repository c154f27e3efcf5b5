import re

import numpy as np
import pytest
from Bio.Seq import Seq
from scipy.stats import chisquare

from workflow_scripts.chromaloom.genomics.restriction import ligation_junction
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo.sequencing import hic
from workflow_scripts.demo.world.contacts import contact_blocks
from workflow_scripts.demo.world.sequence import decode

LONGEST = 600
LENGTH = 50


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def ends(world):
    return hic.restriction_ends(world.sequences, "MboI", 0.1, LONGEST)


@pytest.fixture(scope="module")
def genome(world):
    return list(world.sequences.values())


def walk(genome, ends, row, number):
    """Bases of an end, its outermost first, read into the fragment: letter by letter."""
    text = decode(genome[ends.chrom[row]])
    edge = int(ends.edge[row])
    if ends.step[row] == 1:
        return text[edge : edge + number]
    return str(Seq(text[edge - number + 1 : edge + 1]).reverse_complement())


def molecule(genome, ends, made, i):
    """Sequence of a molecule from its first read's side to the other."""
    if made.two[i] < 0:
        inward = walk(genome, ends, made.one[i], int(made.side1[i]))
        return str(Seq(inward).reverse_complement())
    one = walk(genome, ends, made.one[i], int(made.side1[i]))
    two = walk(genome, ends, made.two[i], int(made.side2[i]))
    return str(Seq(one).reverse_complement()) + two


@pytest.mark.parametrize(("enzyme", "site"), [("MboI", "GATC"), ("HindIII", "AGCTT")])
def test_filled_ends_begin_with_what_the_cut_left(world, genome, enzyme, site):
    ends = hic.restriction_ends(world.sequences, enzyme, 0.1, LONGEST)
    assert len(ends.edge) > 40 and (ends.step == 1).mean() == 0.5
    for row in range(0, len(ends.edge), 7):
        assert walk(genome, ends, row, len(site)) == site
    # an end's fragment is unique, and shared by the left end and the right end that face inward
    left = ends.step == 1
    for chosen in (left, ~left):
        assert len(set(ends.fragment[chosen])) == chosen.sum()
    size = np.array([len(codes) for codes in genome])[ends.chrom]
    assert (ends.edge >= LONGEST - 1).all() and (ends.edge + LONGEST <= size + 4).all()


def test_weights_fall_away_from_the_gc_optimum(world):
    biased, plain = (hic.restriction_ends(world.sequences, "MboI", bias, LONGEST) for bias in
                     (0.3, 0.0))  # fmt: skip
    assert (plain.weight == 1).all() and biased.weight.mean() == pytest.approx(1)
    gc = []
    for row in range(0, len(biased.edge), 5):
        codes = world.sequences[list(world.sequences)[biased.chrom[row]]]
        near = codes[max(biased.edge[row] - 100, 0) : biased.edge[row] + 100]
        gc.append(np.isin(near, (1, 2)).mean())
    away = np.abs(np.array(gc) - 0.48)
    assert np.corrcoef(away, biased.weight[::5])[0, 1] < -0.7


@pytest.mark.parametrize("enzyme", ["MboI", "HindIII"])
def test_reads_are_the_two_ends_of_the_molecule(world, genome, enzyme):
    """Both orientations, all four pairings of ends, junctions inside reads, dangling ends."""
    ends = hic.restriction_ends(world.sequences, enzyme, 0.1, LONGEST)
    rng = generator(3)
    one, two = (hic.draw_ends(ends, 300, rng) for _ in range(2))
    size = rng.integers(LENGTH, 300, 300)
    made = hic.stack([hic.join(one, two, size, rng), hic.dangle(one[:50], size[:50])])
    made = made.turned(rng.random(350) < 0.5)
    first, second = hic.read_pairs(genome, ends, made, LENGTH)
    junction = ligation_junction(enzyme)
    chrom, start, minus = hic.read_starts(ends, made)
    across, kinds = 0, set()
    for i in range(350):
        text = molecule(genome, ends, made, i)
        assert len(text) == made.side1[i] + made.side2[i]
        assert decode(first[i]) == text[:LENGTH]
        assert decode(second[i]) == str(Seq(text).reverse_complement())[:LENGTH]
        # before the junction a read is the genome at the place and strand told
        for mate, read in enumerate((first[i], second[i])):
            side = (made.side1, made.side2)[mate][i] if made.two[i] >= 0 else LENGTH
            place, n = int(start[mate, i]), int(min(side, LENGTH))
            codes = decode(genome[chrom[mate, i]])
            here = codes[place - n + 1 : place + 1] if minus[mate, i] else codes[place : place + n]
            here = str(Seq(here).reverse_complement()) if minus[mate, i] else here
            assert decode(read)[:n] == here
        if made.two[i] >= 0:
            half = len(junction) // 2
            middle = int(made.side1[i])
            assert text[middle - half : middle + half] == junction
            if middle + half <= LENGTH:
                assert decode(first[i])[middle - half : middle + half] == junction
                across += 1
            kinds.add((bool(minus[0, i]), bool(minus[1, i])))
        else:
            assert minus[0, i] != minus[1, i]
            assert abs(start[0, i] - start[1, i]) == len(text) - 1
    assert across > 10 and len(kinds) == 4


def test_turned_molecules_swap_their_reads(genome, ends):
    rng = generator(5)
    one, two = (hic.draw_ends(ends, 40, rng) for _ in range(2))
    made = hic.join(one, two, np.full(40, 120), rng)
    there = hic.read_pairs(genome, ends, made, LENGTH)
    back = hic.read_pairs(genome, ends, made.turned(np.ones(40, dtype=bool)), LENGTH)
    np.testing.assert_array_equal(there[0], back[1])
    np.testing.assert_array_equal(there[1], back[0])


def test_pairs_follow_the_contact_model(world, settings, ends):
    """Pairs of bins, within and between chromosomes, come as often as probability times ends."""
    rules = settings["contacts"] | {"grid": 20_000}
    one, two = hic.draw_contacts(world, ends, 60_000, cell="Alpha", settings=rules, rng=generator())
    names = list(world.chromosomes)
    offset = np.cumsum([0] + [-(-size // 20_000) for size in world.chromosomes.values()])
    place = offset[ends.chrom] + ends.edge // 20_000
    seen = np.bincount(place, ends.weight, minlength=offset[-1])
    expected = np.zeros((offset[-1], offset[-1]))
    for a, b, block in contact_blocks(world, cell="Alpha", settings=rules):
        i, j = offset[names.index(a)], offset[names.index(b)]
        expected[i : i + block.shape[0], j : j + block.shape[1]] = block
    expected *= np.outer(seen, seen)
    found = np.zeros_like(expected)
    np.add.at(found, (place[one], place[two]), 1)
    assert (found[expected == 0] == 0).all()
    # joined ends of one fragment or cut are left out, which thins the diagonal a little
    off = ~np.eye(len(found), dtype=bool) & (expected > 0)
    share = expected[off] / expected[off].sum() * found[off].sum()
    few = share < 5
    counts, wanted = (
        np.append(found[off][~few], found[off][few].sum()),
        np.append(share[~few], share[few].sum()),
    )
    assert chisquare(counts, wanted).pvalue > 1e-4
    diagonal = np.diag(found).sum() / len(one)
    assert diagonal == pytest.approx(np.trace(expected) / expected.sum(), rel=0.1)


def test_distance_decay_is_the_models(world, settings, ends):
    plain = dict.fromkeys(("compartment", "compaction", "insulation", "loop"), 0.0)
    plain["trans_fraction"] = 0.0
    slopes = []
    for decay in (0.6, 1.2):
        rules = settings["contacts"] | plain | {"decay": decay, "grid": 2_500}
        one, two = hic.draw_contacts(world, ends, 60_000, cell="Alpha", settings=rules,
                                     rng=generator(1))  # fmt: skip
        distance = np.abs(ends.edge[one] - ends.edge[two])
        edges = np.geomspace(12_000, 80_000, 8)
        counts = np.histogram(distance, edges)[0]
        # places for a pair at a distance shrink toward the chromosome's length
        sizes = np.array(list(world.chromosomes.values()))
        middle = np.sqrt(edges[1:] * edges[:-1])
        room = np.diff(edges) * (sizes[:, None] - middle).clip(min=0).sum(0)
        slopes.append(np.polyfit(np.log(middle), np.log(counts / room), 1)[0])
    assert slopes == pytest.approx([-0.6, -1.2], abs=0.12)


def test_contacts_join_different_fragments(world, settings, ends):
    rules = settings["contacts"] | {"grid": 500, "plateau": 0, "decay": 2.0}
    one, two = hic.draw_contacts(world, ends, 5_000, cell="Alpha", settings=rules, rng=generator(2))
    assert (ends.fragment[one] != ends.fragment[two]).all()
    assert (np.abs(one - two) > 1).all() and len(one) == 5_000


def test_self_circles_face_outward_on_one_fragment(ends):
    right, left = hic.draw_circles(ends, 500, 350, generator())
    assert (ends.fragment[right] == ends.fragment[left]).all()
    assert (ends.step[right] == -1).all() and (ends.step[left] == 1).all()
    assert (ends.edge[right] - ends.edge[left] + 1 >= 350).all()
    made = hic.join(right, left, np.full(500, 200), generator())
    _, start, minus = hic.read_starts(ends, made)
    lower = start.argmin(axis=0)
    assert minus[lower, np.arange(500)].all() and not minus[1 - lower, np.arange(500)].any()


def test_what_cannot_be_cut_is_refused(world, ends):
    with pytest.raises(UserError, match=re.escape("enzyme 'Mbo1' is unknown")) as caught:
        hic.restriction_ends(world.sequences, "Mbo1", 0.1, LONGEST)
    assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match=r"'NotI' cuts the demo's genome \d+ times; expected"):
        hic.restriction_ends({"chrA": world.sequences["chrA"][:3_000]}, "NotI", 0.1, LONGEST)
    with pytest.raises(UserError, match="self_circle: no restriction fragment is 1000000 bp"):
        hic.draw_circles(ends, 3, 1_000_000, generator())
