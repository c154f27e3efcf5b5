import numpy as np
import pytest
from Bio import motifs as biomotifs
from Bio.Seq import Seq

from workflow_scripts.demo.world.motifs import PROMOTER_ROLES, load_motifs, motifs_of, sample_sites
from workflow_scripts.demo.world.sequence import decode


@pytest.fixture(scope="module")
def motifs():
    return load_motifs()


def test_catalogue_has_the_roles(motifs):
    assert len(motifs_of(motifs, "activator")) >= 6
    assert len(motifs_of(motifs, "repressor")) >= 3
    assert len(motifs_of(motifs, "enhancer")) >= 3
    assert all(m.weight > 0 for m in motifs_of(motifs, "activator"))
    assert all(m.weight < 0 for m in motifs_of(motifs, "repressor"))


@pytest.mark.parametrize("table", ["promoter_sites", "enhancer_sites", "insulators"])
def test_planted_sites_score_on_their_strand(world, motifs, table):
    sites = getattr(world, table)
    assert len(sites) > 10
    pssm = {}
    for name, motif in motifs.items():
        counts = {base: motif.probabilities[:, i] for i, base in enumerate("ACGT")}
        pssm[name] = biomotifs.matrix.PositionWeightMatrix("ACGT", counts).log_odds()
    for site in sites.itertuples():
        text = Seq(decode(world.sequences[site.chrom][site.start : site.end]))
        text = text if site.strand == "+" else text.reverse_complement()
        found = sum(pssm[site.motif][base][i] for i, base in enumerate(text))
        assert found == pytest.approx(site.score, abs=1e-4)
        assert found >= motifs[site.motif].threshold - 1e-9


@pytest.mark.parametrize("table", ["promoter_sites", "enhancer_sites"])
def test_sites_do_not_overlap(world, table):
    for _, local in getattr(world, table).groupby("chrom"):
        local = local.sort_values("start")
        assert (local.start.to_numpy()[1:] >= local.end.to_numpy()[:-1]).all()


def test_promoter_sites_lie_in_the_promoter(world, motifs):
    names = {motif.name for motif in motifs_of(motifs, *PROMOTER_ROLES)}
    genes = world.genes.set_index("gene")
    for site in world.promoter_sites.itertuples():
        gene = genes.loc[site.gene]
        if gene.strand == "+":
            ends = site.start - gene.tss, site.end - gene.tss
        else:
            ends = gene.tss - site.end + 1, gene.tss - site.start + 1
        assert -300 <= ends[0] < ends[1] <= 50
        assert site.motif in names and site.chrom == gene.chrom


def test_enhancer_sites_lie_in_their_enhancer(world):
    spans = world.enhancers.set_index("enhancer")
    owner = spans.loc[world.enhancer_sites.enhancer]
    assert (world.enhancer_sites.start.to_numpy() >= owner.start.to_numpy()).all()
    assert (world.enhancer_sites.end.to_numpy() <= owner.end.to_numpy()).all()
    assert set(world.enhancer_sites.enhancer) == set(world.enhancers.enhancer)


def test_insulators_point_into_their_domain(world):
    domains = world.domains.set_index("domain").loc[world.insulators.domain]
    left = (world.insulators.side == "left").to_numpy()
    assert ((world.insulators.strand == "+").to_numpy() == left).all()
    assert (world.insulators.start.to_numpy() >= domains.start.to_numpy()).all()
    assert (world.insulators.end.to_numpy() <= domains.end.to_numpy()).all()


def test_drawn_sites_follow_the_matrix(motifs):
    motif = motifs["REST"]
    sites = sample_sites(motif, 4_000, np.random.default_rng(0))
    frequency = np.stack([(sites == base).mean(axis=0) for base in range(4)], axis=1)
    # keeping good sites sharpens the matrix a little, and never turns it over
    assert np.abs(frequency - motif.probabilities).max() < 0.12
    clear = motif.probabilities.max(axis=1) > 0.6
    best = motif.probabilities.argmax(axis=1)
    assert (frequency.argmax(axis=1)[clear] == best[clear]).all()
