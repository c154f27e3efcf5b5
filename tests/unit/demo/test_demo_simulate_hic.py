import gzip

import numpy as np
import pandas as pd
import pysam
import pytest
from Bio.Seq import Seq

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo import simulate_hic
from workflow_scripts.demo.sequencing import hic
from workflow_scripts.demo.world.sequence import decode

PAIRS = 4_000


@pytest.fixture(scope="module")
def make(settings, folder, tmp_path_factory, seed):
    def run(sample="Alpha_hic", cell="Alpha", **changes):
        out = tmp_path_factory.mktemp("hic")
        rules = settings | {"hic": settings["hic"] | {"pairs": PAIRS} | changes}
        files = {"fastq1": out / "1.gz", "fastq2": out / "2.gz", "truth": out / "t.tsv"}
        simulate_hic.main(
            world=folder, sample=sample, cell=cell, settings=rules, seed=seed, **files
        )
        return out

    return run


@pytest.fixture(scope="module")
def plain(make):
    return make()


def mates(folder):
    found = []
    for name in ("1.gz", "2.gz"):
        with pysam.FastxFile(str(folder / name)) as records:
            found.append([(record.name, record.sequence) for record in records])
    return found


def test_sample_is_reproducible_and_its_own(make, plain):
    same, other = make(), make(sample="Alpha_again")
    for name in ("1.gz", "2.gz"):
        first = (plain / name).read_bytes()
        assert (same / name).read_bytes() == first != (other / name).read_bytes()


def test_classes_add_up_to_the_stated_fractions(make):
    rules = {"random": 0.1, "dangling": 0.2, "self_circle": 0.05, "duplicate_rate": 0.25}
    folder = make(**rules)
    row = pd.read_table(folder / "t.tsv").iloc[0]
    assert row[[*hic.CLASSES, "duplicates", "junk"]].sum() == row.pairs == PAIRS
    unique = row[list(hic.CLASSES)].sum()
    assert row.duplicates == pytest.approx(0.25 * (PAIRS - row.junk), abs=1)
    for name in ("random", "dangling", "self_circle"):
        assert row[name] == pytest.approx(rules[name] * unique, abs=1)
    assert row.cis + row.trans == unique
    assert row.cis > row.cis_1kb > row.cis_20kb > 0
    for name in ("1.gz", "2.gz"):
        with gzip.open(folder / name, "rt") as handle:
            assert sum(1 for _ in handle) == 4 * PAIRS


def test_duplicates_are_pairs_seen_before(make):
    # errors of the sequencer differ between copies, so only the reads' beginnings are compared
    share = {}
    for rate in (0.0, 0.4):
        one, two = mates(make(duplicate_rate=rate))
        pairs = [(a[1][:25], b[1][:25]) for a, b in zip(one, two, strict=True)]
        share[rate] = 1 - len(set(pairs)) / PAIRS
    assert share[0.0] < 0.01 and share[0.4] == pytest.approx(0.4, abs=0.05)


def test_reads_map_next_to_cuts(plain, world):
    """Reads looked up by their first 20 bases: both mates lie in the genome, on both strands, and
    lead to a cut within the longest molecule."""
    index = {}
    for chrom, codes in world.sequences.items():
        text = decode(codes)
        cuts = np.array([i for i in range(len(text)) if text.startswith("GATC", i)])
        turned = str(Seq(text).reverse_complement())
        for i in range(len(text) - 19):
            index[text[i : i + 20]] = (chrom, i, 1, cuts)
            index[turned[i : i + 20]] = (chrom, len(text) - 1 - i, -1, cuts)
    one, two = mates(plain)
    assert [name for name, _ in one] == [name for name, _ in two]
    hits = [(index.get(a[:20]), index.get(b[:20]))
            for (_, a), (_, b) in zip(one, two, strict=True)]  # fmt: skip
    both = [pair for pair in hits if all(pair)]
    assert len(both) > 0.85 * PAIRS
    strands = pd.Series([f"{a[2]}{b[2]}" for a, b in both]).value_counts(normalize=True)
    assert len(strands) == 4 and strands.min() > 0.1
    for _, place, strand, cuts in [mate for pair in both[:300] for mate in pair]:
        ahead = (cuts + (4 if strand == 1 else 0) - place) * strand
        assert ((ahead >= 0) & (ahead <= 800)).any()


def test_orientations_converge_beyond_the_artefacts(make, world, settings):
    """Dangling ends face inward and self circles outward, both near; far pairs face anywhere."""
    rng = np.random.default_rng(4)
    rules = settings | {"hic": settings["hic"] | {"pairs": 30_000}}
    counts = simulate_hic.class_counts(rules["hic"], 0.01)
    lengths = np.full(sum(counts[name] for name in hic.CLASSES), 300)
    ends = hic.restriction_ends(world.sequences, "MboI", 0.1, 300)
    made = simulate_hic.draw_molecules(world, ends, counts, lengths, cell="Alpha", settings=rules,
                                       rng=rng)  # fmt: skip
    chrom, start, minus = hic.read_starts(ends, made)
    lower = start.argmin(axis=0)
    every = np.arange(len(lower))
    kind = 2 * minus[lower, every] + minus[1 - lower, every]  # 1: inward, 2: outward
    distance = np.where(chrom[0] == chrom[1], np.abs(start[0] - start[1]), -1)
    far = np.bincount(kind[distance > 20_000], minlength=4) / (distance > 20_000).sum()
    assert far == pytest.approx(np.full(4, 0.25), abs=0.02)
    near = np.bincount(kind[(distance >= 0) & (distance < 300)], minlength=4)
    assert near[1] > 3 * near[[0, 3]].max()


def test_an_unknown_cell_is_refused(make):
    with pytest.raises(UserError, match=r"'Delta' is not in .* expected: Alpha, Beta"):
        make(cell="Delta")


def test_an_unknown_enzyme_is_refused_in_one_line(make):
    with pytest.raises(UserError, match="'Sau3' is unknown") as caught:
        make(enzyme="Sau3")
    assert "\n" not in str(caught.value)
