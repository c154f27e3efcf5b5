import numpy as np
import pytest
from scipy.stats import spearmanr

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo.world.targets import CATALOG, INPUT, TARGETS, role_table
from workflow_scripts.demo.world.tracks import (
    STEP,
    _Track,
    expected_signal,
    signal_table,
    transcription,
)


@pytest.fixture(scope="module")
def signal(world, settings, seed):
    def make(target, cell="Alpha", chrom="chrA", resolution=STEP, **changes):
        return expected_signal(
            world, cell=cell, target=target, chrom=chrom, resolution=resolution,
            settings=settings["signal"] | changes, seed=seed,
        )  # fmt: skip

    return make


def bins(start, end):
    return slice(start // STEP, -(-end // STEP))


@pytest.mark.parametrize("target", [INPUT, *TARGETS])
def test_signal_is_a_density(signal, world, target):
    for chrom, length in world.chromosomes.items():
        track = signal(target, chrom=chrom)
        assert track.shape == (-(-length // STEP),)
        assert np.isfinite(track).all() and (track > 0).all()


def test_coarse_bins_are_means_of_fine_ones(signal):
    fine, coarse = signal("H3K4me3", chrom="chr2"), signal("H3K4me3", chrom="chr2", resolution=200)
    whole = len(fine) // 8
    np.testing.assert_allclose(coarse[:whole], fine[: whole * 8].reshape(-1, 8).mean(axis=1))
    np.testing.assert_allclose(coarse[whole:], fine[whole * 8 :].mean())
    with pytest.raises(ValueError, match="multiple"):
        signal("H3K4me3", resolution=30)


def test_without_enrichment_every_sample_is_an_input(signal):
    np.testing.assert_allclose(signal("H3K4me3", enrichment=0), signal(INPUT))
    np.testing.assert_allclose(signal(INPUT, enrichment=5), signal(INPUT))


def test_signal_is_linear_in_enrichment(signal):
    low, high = (signal("CTCF", enrichment=e) - signal(INPUT) for e in (1, 3))
    np.testing.assert_allclose(high, 3 * low, atol=1e-9)


def test_unknown_target_is_refused(signal):
    with pytest.raises(UserError, match="'H3K99me9' is unknown to the demo; expected: input"):
        signal("H3K99me9")


def around_tss(world, track, state, first, last, cell="Alpha", chrom="chrA"):
    """Mean signal at offsets from the TSS in the gene's direction, genes of one state."""
    genes = world.genes[(world.genes.chrom == chrom) & (world.genes[cell] == state)]
    values = []
    for gene in genes.itertuples():
        ends = sorted(gene.tss + (1 if gene.strand == "+" else -1) * np.array([first, last]))
        values.append(track[bins(*ends)].mean())
    return np.mean(values)


def test_h3k4me3_has_two_humps_at_active_tss(signal, world):
    track = signal("H3K4me3")
    here = {offset: around_tss(world, track, "active", offset - 40, offset + 40)
            for offset in (-330, -50, 230)}  # fmt: skip
    assert here[230] > here[-330] > 1.3 * here[-50]
    assert here[230] > 4 * around_tss(world, track, "silent", 190, 270)


def test_transcription_saturates():
    found = transcription(np.array([5.0, 8.0, -20.0]), np.array(5.0))
    np.testing.assert_allclose(found, [0.5, 8 / 9, 0], atol=1e-6)


def test_h3k4me3_rises_with_expression(signal, world):
    track = signal("H3K4me3", feature_noise=0, gc_bias=0)
    genes = world.genes[(world.genes.chrom == "chrA") & (world.genes.Alpha == "active")]
    level = world.expression[world.expression.cell == "Alpha"].set_index("gene").log2_level
    hump = genes.tss + np.where(genes.strand == "+", 230, -230)
    rank = spearmanr(track[hump // STEP], level[genes.gene]).statistic
    assert rank > 0.8


def test_h3k36me3_rises_along_transcribed_genes(signal, world):
    track = signal("H3K36me3", feature_noise=0, gc_bias=0) - signal(INPUT, gc_bias=0)
    level = world.expression[world.expression.cell == "Alpha"].set_index("gene").log2_level
    genes = world.genes[
        (world.genes.chrom == "chrA") & (world.genes.end - world.genes.start > 2_500)
    ]
    halves = []
    for gene in genes.itertuples():
        if level[gene.gene] < 5:
            continue
        middle = (gene.start + gene.end) // 2
        left, right = track[bins(gene.start, middle)].mean(), track[bins(middle, gene.end)].mean()
        halves.append((left, right) if gene.strand == "+" else (right, left))
    first, second = np.mean(halves, axis=0)
    assert len(halves) > 3 and second > 1.5 * first


@pytest.mark.parametrize(
    ("target", "state"), [("H3K27me3", "polycomb"), ("H3K9me3", "heterochromatin")]
)
def test_broad_marks_cover_their_domains(signal, world, target, state):
    inside, outside = [], []
    for chrom in world.chromosomes:
        track = signal(target, chrom=chrom)
        for domain in world.domains[world.domains.chrom == chrom].itertuples():
            part = track[bins(domain.start + 2_000, domain.end - 2_000)]
            (inside if domain.Alpha == state else outside).append(part.mean())
    assert inside and np.mean(inside) > 1.8 * np.mean(outside)


def test_effect_sign_follows_active_domains(signal, world):
    """Targets said to go with open chromatin are higher in active domains, the others lower."""
    for target in CATALOG:
        totals = np.zeros(2)
        lengths = np.zeros(2)
        for chrom in world.chromosomes:
            track = signal(target.name, chrom=chrom) / signal(INPUT, chrom=chrom)
            for domain in world.domains[world.domains.chrom == chrom].itertuples():
                part = track[bins(domain.start, domain.end)]
                totals[int(domain.Alpha == "active")] += part.sum()
                lengths[int(domain.Alpha == "active")] += len(part)
        closed, active = totals / lengths
        assert (active > closed) == (target.effect == "+"), target.name


def test_boundary_factors_peak_at_insulators(signal, world):
    track = signal("CTCF")
    sites = world.insulators[world.insulators.chrom == "chrA"]
    assert track[sites.start // STEP].mean() > 8 * np.median(track)


def test_humps_mirror_with_the_strand(world):
    track = _Track(world, "Alpha", "chrA")
    profile = ((1.0, 500, 100), (0.5, -900, 200))
    middle = (track.size // 2) * STEP + STEP // 2
    plus = track.humps([middle], [1], [2.0], profile)
    minus = track.humps([middle], [-1], [2.0], profile)
    center = track.size // 2
    reach = 100
    np.testing.assert_allclose(
        plus[center - reach : center + reach + 1],
        minus[center - reach : center + reach + 1][::-1],
        rtol=0.02, atol=1e-2,
    )  # fmt: skip
    total = 2.0 * np.sqrt(2 * np.pi) * (100 + 0.5 * 200) / STEP
    assert plus.sum() == pytest.approx(total, rel=1e-3)


def test_cells_and_targets_have_noise_of_their_own(signal, world):
    again = signal("H3K4me3")
    np.testing.assert_array_equal(again, signal("H3K4me3"))
    assert not np.allclose(again, signal("H3K4me3", feature_noise=0))


def test_roles_cover_marks_and_factors():
    table = role_table()
    assert {"H3K4me3", "H3K4me1", "H3K36me3", "H3K27me3", "H3K9me3"} <= set(table.target)
    fly = {"H1", "H3K27me3", "H3K9me1", "H3K9me3", "RNAPII", "NURF", "H3K36me2", "H3K36me3",
           "H3K4me1", "CP190", "Chro", "BEAF", "CTCF"}  # fmt: skip
    assert fly <= set(table.target)
    assert set(table.effect) == {"+", "-"} and set(table.kind) == {"mark", "factor"}
    assert table.target.is_unique and (table.feature != "").all()


def test_signal_table_covers_the_genome(world, settings, seed):
    table = signal_table(world, cell="Beta", targets=["H1", "CTCF"], settings=settings["signal"],
                         seed=seed, resolution=1_000)  # fmt: skip
    assert list(table.columns) == ["chrom", "start", "end", "H1", "CTCF"]
    assert (table.end - table.start).sum() == sum(world.chromosomes.values())
