import gzip

import numpy as np
import pandas as pd
import pysam
import pytest
from Bio.Seq import Seq
from scipy.stats import chisquare

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo import simulate_chip, simulate_rna
from workflow_scripts.demo.sequencing import chip, rna
from workflow_scripts.demo.sequencing.reads import (
    LEVELS,
    Fragments,
    add_errors,
    draw_qualities,
    write_fastq,
)
from workflow_scripts.demo.world.sequence import N, decode
from workflow_scripts.demo.world.tracks import STEP


def generator(seed=0):
    return np.random.default_rng(seed)


def test_errors_occur_at_the_rate_of_the_quality():
    rng = generator()
    qualities = draw_qualities((40_000, 50), 1.0, rng)
    codes = rng.integers(0, 4, qualities.shape, dtype=np.uint8)
    new, kept = add_errors(codes, qualities, 0.0, rng)
    np.testing.assert_array_equal(kept, qualities)
    for level in LEVELS[1:]:
        here = qualities == level
        expected = 10 ** (-float(level) / 10)
        found = (new != codes)[here].mean()
        assert found == pytest.approx(expected, abs=4 * np.sqrt(expected / here.sum()))
    wrong = new[new != codes]
    assert chisquare(np.bincount(wrong, minlength=4)).pvalue > 1e-4


def test_qualities_fall_along_the_read_by_the_fade():
    falling, level = (draw_qualities((5_000, 50), fade, generator()) for fade in (1.0, 0.0))
    assert falling[:, :10].mean() > falling[:, -10:].mean() + 2
    assert abs(level[:, :10].mean() - level[:, -10:].mean()) < 0.3


def test_n_has_the_lowest_quality_and_the_stated_rate():
    codes = np.zeros((20_000, 50), dtype=np.uint8)
    new, qualities = add_errors(codes, np.full(codes.shape, 37, np.uint8), 0.01, generator())
    assert (qualities[new == N] == 2).all() and (qualities[new != N] == 37).all()
    assert (new == N).mean() == pytest.approx(0.01, rel=0.05)
    genome_n, _ = add_errors(np.full((10, 50), N, np.uint8), np.full((10, 50), 2, np.uint8), 0,
                             generator())  # fmt: skip
    assert (genome_n == N).all()


def test_fastq_reads_back(tmp_path):
    rng = generator()
    codes = rng.integers(0, 5, (123, 31), dtype=np.uint8)
    qualities = draw_qualities(codes.shape, 1.0, rng)
    write_fastq(tmp_path / "x.fastq.gz", "some_sample", codes, qualities)
    with pysam.FastxFile(str(tmp_path / "x.fastq.gz")) as records:
        found = [(r.name, r.sequence, r.get_quality_array()) for r in records]
    assert [f[0] for f in found] == [f"some_sample.{i:03d}" for i in range(1, 124)]
    assert [f[1] for f in found] == [decode(c) for c in codes]
    np.testing.assert_array_equal([f[2] for f in found], qualities)


def test_library_counts_add_up():
    for reads in (100, 9_999):
        counts = chip.library_counts(reads, 0.3, 0.02)
        assert sum(counts.values()) == reads
        assert counts["junk"] == round(0.02 * reads)


def test_fragment_centres_follow_the_signal():
    sizes = np.array([5_000, 3_010])
    signal = [generator(1).random(-(-size // STEP)) + 0.1 for size in sizes]
    lengths = np.full(60_000, 20)
    fragments = chip.draw_fragments(signal, sizes, lengths, generator())
    assert (fragments.start >= 0).all() and (fragments.end <= sizes[fragments.chrom]).all()
    assert fragments.reverse.mean() == pytest.approx(0.5, abs=0.01)
    center = fragments.start + 10
    for chrom, track in enumerate(signal):
        inner = slice(2, len(track) - 2)  # fragments at the very ends are moved inside
        counts = np.bincount(center[fragments.chrom == chrom] // STEP, minlength=len(track))[inner]
        expected = track[inner] / track[inner].sum() * counts.sum()
        assert chisquare(counts, expected).pvalue > 1e-4
    share = (fragments.chrom == 1).mean()
    weight = [track.sum() for track in signal]
    assert share == pytest.approx(weight[1] / sum(weight), abs=0.01)


def test_reads_are_the_fragments_ends():
    genome = [generator(i).integers(0, 4, 400, dtype=np.uint8) for i in range(2)]
    fragments = Fragments(np.array([0, 1, 1]), np.array([0, 5, 300]), np.array([40, 80, 400]),
                          np.array([False, True, True]))  # fmt: skip
    reads = chip.read_ends(genome, fragments, 30)
    for i in range(3):
        text = Seq(decode(genome[fragments.chrom[i]][fragments.start[i] : fragments.end[i]]))
        text = text.reverse_complement() if fragments.reverse[i] else text
        assert decode(reads[i]) == str(text[:30])


def test_duplicates_are_copies():
    fragments = chip.draw_fragments([np.ones(40)], np.array([1_000]), np.full(50, 30), generator())
    more = chip.amplify(fragments, 20, generator())
    names = ("chrom", "start", "end", "reverse")
    rows = list(zip(*(getattr(more, name).tolist() for name in names), strict=True))
    assert len(rows) == 70 and set(rows[50:]) <= set(rows[:50])


def test_effective_lengths_agree_with_counting():
    lengths, probability = rna.length_distribution(100, 15, 50)
    assert probability.sum() == pytest.approx(1) and lengths[0] == 50
    transcripts = np.array([40, 55, 100, 400])
    found = rna.effective_lengths(transcripts, lengths, probability)
    for i, transcript in enumerate(transcripts):
        for j, length in enumerate(lengths):
            places = sum(1 for start in range(transcript) if start + length <= transcript)
            assert found[i, j] == pytest.approx(probability[j] * places)


def test_rna_fragments_follow_tpm_times_effective_length():
    size = np.array([300, 900, 60, 500])
    abundance = np.array([10.0, 5.0, 100.0, 0.0])
    fragment = rna.length_distribution(120, 20, 50)
    row, start, length = rna.draw_fragments(abundance, size, 50_000, fragment, generator())
    assert ((start >= 0) & (start + length <= size[row])).all()
    weight = abundance * rna.effective_lengths(size, *fragment).sum(axis=1)
    counts = np.bincount(row, minlength=4)
    assert counts[3] == 0
    assert chisquare(counts[:3], weight[:3] / weight.sum() * counts.sum()).pvalue > 1e-4


def test_pairs_face_each_other():
    sequences = [generator(3).integers(0, 4, 200, dtype=np.uint8) for _ in range(2)]
    row, start, length = np.array([0, 1] * 20), np.array([3, 50] * 20), np.array([90, 60] * 20)
    one, two = rna.read_pairs(sequences, row, start, length, 40, generator())
    swapped = 0
    for i in range(40):
        text = Seq(decode(sequences[row[i]][start[i] : start[i] + length[i]]))
        ends = str(text[:40]), str(text.reverse_complement()[:40])
        mates = decode(one[i]), decode(two[i])
        assert mates in (ends, ends[::-1])
        swapped += mates != ends
    assert 5 < swapped < 35


@pytest.fixture(scope="module")
def chip_files(settings, folder, tmp_path_factory, seed):
    out = tmp_path_factory.mktemp("chip")
    simulate_chip.main(
        world=folder, samples=[chip_sample("Alpha_H3K4me3")], settings=settings, seed=seed,
        fastq=[out / "a.fastq.gz"], truth=[out / "a.tsv"],
    )  # fmt: skip
    return out


def chip_sample(sample, cell="Alpha"):
    return {"sample": sample, "cell": cell, "target": "H3K4me3"}


def test_chip_sample_is_reproducible_and_counted(settings, folder, chip_files, tmp_path, seed):
    simulate_chip.main(
        world=folder, samples=[chip_sample("Other"), chip_sample("Alpha_H3K4me3")],
        settings=settings, seed=seed,
        fastq=[tmp_path / "other.gz", tmp_path / "same.gz"],
        truth=[tmp_path / "t1.tsv", tmp_path / "t2.tsv"],
    )  # fmt: skip
    first = (chip_files / "a.fastq.gz").read_bytes()
    assert (tmp_path / "same.gz").read_bytes() == first
    assert (tmp_path / "other.gz").read_bytes() != first
    row = pd.read_table(chip_files / "a.tsv").iloc[0]
    assert row.reads == 4_000 == row[["unique", "duplicates", "junk"]].sum()
    with gzip.open(chip_files / "a.fastq.gz", "rt") as handle:
        assert sum(1 for _ in handle) == 4 * 4_000


def test_chip_reads_come_from_enriched_places(chip_files, world):
    """Exact 30-mers of the reads, looked up in the genome, crowd at active TSS."""
    index = {}
    for chrom, codes in world.sequences.items():
        text = decode(codes)
        for strand, letters in ((1, text), (-1, str(Seq(text).reverse_complement()))):
            for i in range(len(letters) - 29):
                index[letters[i : i + 30]] = (chrom, i if strand == 1 else len(letters) - i - 1)
    with pysam.FastxFile(str(chip_files / "a.fastq.gz")) as records:
        found = [index.get(r.sequence[:30]) for r in records]
    hits = [place for place in found if place]
    assert len(hits) > 0.85 * len(found)
    active = world.genes[world.genes.Alpha == "active"]
    near = {(chrom, tss // 1_000) for chrom, tss in zip(active.chrom, active.tss, strict=True)}
    share = np.mean([(chrom, place // 1_000) in near for chrom, place in hits])
    background = len(near) * 1_000 / sum(world.chromosomes.values())
    assert share > 3 * background


def test_rna_sample_is_reproducible_and_counted(settings, folder, world, tmp_path, seed):
    def make(**samples):
        simulate_rna.main(
            world=folder, settings=settings, seed=seed,
            samples=[{"sample": sample, "cell": "Beta"} for sample in samples.values()],
            fastq1=[tmp_path / f"{name}_1.gz" for name in samples],
            fastq2=[tmp_path / f"{name}_2.gz" for name in samples],
            truth=[tmp_path / f"{name}.tsv" for name in samples],
        )  # fmt: skip

    make(a="Beta_rna_1")
    # a sample's reads do not depend on those before it
    make(c="Beta_rna_2", b="Beta_rna_1")
    for mate in (1, 2):
        same, again, other = ((tmp_path / f"{n}_{mate}.gz").read_bytes() for n in "abc")
        assert same == again != other
    counts = pd.read_table(tmp_path / "a.tsv").set_index("gene").fragments
    assert counts.sum() == 4_000 - round(settings["reads"]["junk_rate"] * 4_000)
    assert list(counts.index) == list(world.genes.gene)
    level = world.expression[world.expression.cell == "Beta"].set_index("gene").tpm
    assert np.corrcoef(np.log1p(counts), np.log1p(level.loc[counts.index]))[0, 1] > 0.85
    names = [[r.name for r in pysam.FastxFile(str(tmp_path / f"a_{m}.gz"))] for m in (1, 2)]
    assert names[0] == names[1]


def test_unknown_cell_is_refused(settings, folder, tmp_path):
    samples = [chip_sample("a"), chip_sample("x", cell="Delta")]
    names = [
        [tmp_path / f"{sample['sample']}.{kind}" for sample in samples] for kind in ("gz", "tsv")
    ]
    with pytest.raises(UserError, match=r"'Delta' is not in .* expected: Alpha, Beta"):
        simulate_chip.main(
            world=folder, samples=samples, settings=settings, seed=1, fastq=names[0], truth=names[1]
        )  # fmt: skip
    assert not list(tmp_path.iterdir())
