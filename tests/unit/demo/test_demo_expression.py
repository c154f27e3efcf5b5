import numpy as np
import pandas as pd
import pytest

from workflow_scripts.demo.world.elements import TSS_CLEARANCE
from workflow_scripts.demo.world.expression import STATE_TERM, enhancer_term, motif_term, tpm
from workflow_scripts.demo.world.genes import exon_list
from workflow_scripts.demo.world.loops import NEAR, REACH


def test_levels_follow_from_the_tables(settings, world):
    rules = settings["expression"]
    genes = world.genes.set_index("gene")
    factors = world.activity.set_index("motif")
    for row in world.expression.itertuples():
        sites = world.promoter_sites[world.promoter_sites.gene == row.gene]
        motif = sum(factors.weight[m] * factors[row.cell][m] for m in sites.motif)
        loops = world.loops[world.loops.gene == row.gene].merge(
            world.enhancers[["enhancer", row.cell]], on="enhancer", suffixes=("", "_activity")
        )
        strength = loops[row.cell][loops[f"{row.cell}_activity"] > 0].sum()
        level = (rules["base"] + rules["state_scale"] * STATE_TERM[genes[row.cell][row.gene]]
                 + rules["motif_scale"] * motif
                 + rules["enhancer_weight"] * np.log2(1 + strength) + row.noise)  # fmt: skip
        assert row.log2_level == pytest.approx(level, abs=1e-4)


def test_terms_add_up_and_tpm_follows(world):
    table = world.expression
    terms = ["base", "state_term", "motif_term", "enhancer_term", "noise"]
    np.testing.assert_allclose(table[terms].sum(axis=1), table.log2_level, atol=1e-5)
    for _, cell in table.groupby("cell"):
        assert cell.tpm.sum() == pytest.approx(1e6, abs=1)
        np.testing.assert_allclose(np.diff(np.log2(cell.tpm)), np.diff(cell.log2_level), atol=1e-3)


def test_isoforms_share_their_gene(world):
    shares = world.isoforms.groupby(["cell", "gene"]).agg({"fraction": "sum", "tpm": "sum"})
    np.testing.assert_allclose(shares.fraction, 1, atol=2e-6)
    level = world.expression.set_index(["cell", "gene"]).tpm.loc[shares.index]
    np.testing.assert_allclose(shares.tpm, level, atol=1e-4)
    two = world.isoforms[world.isoforms.fraction < 1]
    assert two.fraction.std() > 0.05


def test_tpm_ignores_the_unit_of_levels():
    level = np.array([0.0, 1.0, 5.0])
    np.testing.assert_allclose(tpm(level), tpm(level + 3))
    np.testing.assert_allclose(tpm(level)[1] / tpm(level)[0], 2)


def test_motif_term_is_linear_in_activity_and_scale(world):
    base = motif_term(world.genes, world.promoter_sites, world.activity, 1.0, "Alpha")
    double = world.activity.assign(Alpha=2 * world.activity.Alpha)
    twice = motif_term(world.genes, world.promoter_sites, double, 1.0, "Alpha")
    np.testing.assert_allclose(twice, 2 * base)
    scaled = motif_term(world.genes, world.promoter_sites, world.activity, 2.0, "Alpha")
    np.testing.assert_allclose(scaled, 2 * base)
    assert (
        motif_term(world.genes, world.promoter_sites[:0], world.activity, 1, "Alpha") == 0
    ).all()


def test_only_active_enhancers_count(world):
    off = world.enhancers.assign(Alpha=0.0)
    assert (enhancer_term(world.genes, world.loops, off, 1.0, "Alpha") == 0).all()
    on = world.enhancers.assign(Alpha=1.0)
    some = enhancer_term(world.genes, world.loops, world.enhancers, 1.0, "Alpha")
    more = enhancer_term(world.genes, world.loops, on, 1.0, "Alpha")
    assert (more >= some).all() and more.sum() > some.sum() > 0
    # a loop of strength 3 alone gives w · log2(1 + 3) = 2 w
    gene, enhancer = world.genes.gene[0], world.enhancers.enhancer[0]
    loop = pd.DataFrame({"gene": [gene], "enhancer": [enhancer], "Alpha": [3.0]})
    assert enhancer_term(world.genes, loop, on, 0.5, "Alpha")[0] == pytest.approx(1.0)


def test_promoter_states_fit_their_domain(world):
    state = world.domains.set_index("domain")
    for cell in world.cells:
        domain = state.loc[world.genes.domain, cell].to_numpy()
        promoter = world.genes[cell].to_numpy()
        assert (domain[np.isin(promoter, ["polycomb", "bivalent"])] == "polycomb").all()
        assert (domain[promoter == "heterochromatin"] == "heterochromatin").all()
        active = promoter == "active"
        assert active[domain == "active"].mean() > active[domain != "active"].mean() + 0.1


def test_loops_join_what_they_name(world):
    chrom = world.genes.set_index("gene").chrom
    enhancers = world.enhancers.set_index("enhancer")
    genes = world.genes.set_index("gene")
    own = world.loops[world.loops.kind == "enhancer_promoter"]
    for loop in own.itertuples():
        enhancer, gene = enhancers.loc[loop.enhancer], genes.loc[loop.gene]
        assert loop.chrom == enhancer.chrom == chrom[loop.gene]
        assert loop.distance >= NEAR
        assert loop.distance <= REACH or enhancer.domain == gene.domain
        anchors = {(loop.start1, loop.end1), (loop.start2, loop.end2)}
        assert (enhancer.start, enhancer.end) in anchors
        assert any(start <= gene.tss < end for start, end in anchors)
    assert (world.loops.start1 < world.loops.start2).all()
    assert not own.duplicated(["enhancer", "gene"]).any()


def test_insulator_loops_converge(world):
    sites = world.insulators.set_index(["chrom", "start"]).strand
    loops = world.loops[world.loops.kind == "insulator"]
    assert len(loops) > 0
    for loop in loops.itertuples():
        assert sites[loop.chrom, loop.start1] == "+" and sites[loop.chrom, loop.start2] == "-"


def test_idle_enhancers_loop_weakly(world):
    own = world.loops[world.loops.kind == "enhancer_promoter"]
    on = own.enhancer.map(world.enhancers.set_index("enhancer").Alpha) > 0
    ratio = own.Alpha / own.strength
    assert ratio[on].median() > 4 * ratio[~on].median()


def test_enhancers_keep_clear_of_exons_and_tss(world):
    for form in world.transcripts.itertuples():
        local = world.enhancers[world.enhancers.chrom == form.chrom]
        for start, end in exon_list(form):
            assert not ((local.start < end) & (local.end > start)).any()
    for gene in world.genes.itertuples():
        local = world.enhancers[world.enhancers.chrom == gene.chrom]
        near = (local.start < gene.tss + TSS_CLEARANCE) & (local.end > gene.tss - TSS_CLEARANCE)
        assert not near.any()
