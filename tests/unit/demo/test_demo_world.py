import gzip
import itertools
import re

import numpy as np
import pandas as pd
import pytest
from Bio.Seq import Seq

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo import simulate_world
from workflow_scripts.demo.sequencing.rna import spliced_sequences
from workflow_scripts.demo.world.build import build_world
from workflow_scripts.demo.world.domains import STATES
from workflow_scripts.demo.world.genes import END_MARGIN, GAP, exon_list
from workflow_scripts.demo.world.randomness import stream
from workflow_scripts.demo.world.sequence import decode, encode, read_fasta, reverse_complement
from workflow_scripts.demo.world.world import TABLES, read_world


def content(folder):
    return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_same_seed_same_bytes_other_seed_other_bytes(settings, folder, tmp_path, seed):
    simulate_world.main(settings=settings, seed=seed, folder=tmp_path / "again")
    assert content(tmp_path / "again") == content(folder)
    simulate_world.main(settings=settings, seed=seed + 1, folder=tmp_path / "other")
    other = content(tmp_path / "other")
    same = {name for name, data in content(folder).items() if other[name] == data}
    assert same == {"roles.tsv"}


def test_streams_differ_by_purpose_and_seed():
    draws = [stream(*key).random() for key in [(1, "a"), (1, "b"), (2, "a"), (1, "a", "b")]]
    assert len(set(draws)) == 4
    assert stream(1, "a").random() == draws[0]


@pytest.mark.parametrize("cells", [["Gamma", "Alpha", "Beta"], ["Beta"]])
def test_a_cell_does_not_depend_on_the_others(settings, world, cells, seed):
    other = build_world(settings | {"cells": cells}, seed)
    assert other.cells == cells
    for chrom, codes in world.sequences.items():
        np.testing.assert_array_equal(codes, other.sequences[chrom])
    kept = [cell for cell in world.cells if cell in cells]
    for name in TABLES:
        old, new = getattr(world, name), getattr(other, name)
        if "cell" in old:
            old, new = (t[t.cell.isin(kept)].sort_values(["cell", t.columns[0]], kind="stable")
                        for t in (old, new))  # fmt: skip
        else:
            columns = [c for c in old if c not in world.cells or c in kept]
            old, new = old[columns], new[columns]
        pd.testing.assert_frame_equal(
            old.reset_index(drop=True), new.reset_index(drop=True), check_dtype=False, atol=1e-6
        )


def test_many_cells_and_a_single_tiny_chromosome(settings):
    tiny = {"chromosomes": {"c": 60_000}, "genes": 10, "enhancers": 3,
            "cells": [f"C{i}" for i in range(60)]}  # fmt: skip
    world = build_world(settings | tiny, 1)
    assert len(world.expression) == 600 and world.cells == tiny["cells"]
    bare = build_world(settings | tiny | {"enhancers": 1, "domains": settings["domains"]
                                          | {"mean_length": 5_000_000}}, 1)  # fmt: skip
    assert len(bare.domains) == 1 and (bare.loops.kind == "enhancer_promoter").all()


@pytest.mark.parametrize("key", ["genes", "enhancers"])
def test_too_much_for_the_genome_is_refused(settings, key):
    with pytest.raises(UserError, match=f"demo.{key}: 5000 .* expected: at most"):
        build_world(settings | {key: 5000}, 1)


def test_files_hold_what_was_built(settings, world, seed):
    built = build_world(settings, seed)
    for name in TABLES:
        pd.testing.assert_frame_equal(
            getattr(built, name), getattr(world, name), check_dtype=False, atol=1e-6
        )
    assert world.chromosomes == settings["chromosomes"]
    assert {c: len(s) for c, s in world.sequences.items()} == settings["chromosomes"]


def test_domains_and_isochores_tile_the_chromosomes(settings, world):
    for table in (world.domains, world.isochores):
        for chrom, local in table.groupby("chrom"):
            assert local.start.iloc[0] == 0
            assert local.end.iloc[-1] == settings["chromosomes"][chrom]
            assert (local.start.to_numpy()[1:] == local.end.to_numpy()[:-1]).all()
            assert (local.end > local.start).all()
    assert (world.domains.end - world.domains.start).min() >= settings["domains"]["min_length"]
    assert set(world.domains[["base", *world.cells]].to_numpy().ravel()) <= set(STATES)


def test_cells_depart_from_the_base_at_the_stated_rate(settings):
    wide = settings | {"chromosomes": {"c": 20_000_000}, "genes": 10, "enhancers": 1}
    for change in (0.0, 0.3):
        world = build_world(wide | {"domains": settings["domains"] | {"change": change}}, 1)
        free = world.domains[world.domains.base != "heterochromatin"]
        rate = (free.base != free.Alpha).mean()
        assert abs(rate - change) <= 4 * np.sqrt(change / len(free))


def test_genes_keep_their_distance(settings, world):
    for chrom, local in world.genes.groupby("chrom"):
        assert (local.start.to_numpy()[1:] - local.end.to_numpy()[:-1]).min() >= GAP
        assert local.start.min() >= END_MARGIN - GAP
        assert local.end.max() <= settings["chromosomes"][chrom] - END_MARGIN + GAP
    five_prime = np.where(world.genes.strand == "+", world.genes.start, world.genes.end - 1)
    assert (world.genes.tss == five_prime).all()


def test_gtf_agrees_with_the_tables_and_the_genome(folder, world):
    rows = []
    with gzip.open(folder / "genes.gtf.gz", "rt") as handle:
        for line in handle:
            fields = line.rstrip("\n").split("\t")
            attributes = dict(re.findall(r'(\w+) "([^"]*)";', fields[8]))
            rows.append({"chrom": fields[0], "feature": fields[2], "start": int(fields[3]) - 1,
                         "end": int(fields[4]), "strand": fields[6], **attributes})  # fmt: skip
    table = pd.DataFrame(rows)
    genes = table[table.feature == "gene"].set_index("gene_id")
    exons = table[table.feature == "exon"]
    assert set(genes.index) == set(world.genes.gene)
    around = genes.loc[exons.gene_id]
    assert (exons.start.to_numpy() >= around.start.to_numpy()).all()
    assert (exons.end.to_numpy() <= around.end.to_numpy()).all()
    assert set(genes.gene_biotype) == {"protein_coding"}

    genome = read_fasta(folder / "genome.fa.gz")
    spliced = spliced_sequences(world.sequences, world.transcripts)
    by_form = dict(list(exons.groupby("transcript_id")))
    for form, codes in zip(world.transcripts.itertuples(), spliced, strict=True):
        parts = by_form[form.transcript].sort_values("start")
        assert list(zip(parts.start, parts.end, strict=True)) == exon_list(form)
        text = Seq("".join(decode(genome[form.chrom][s:e]) for s, e in exon_list(form)))
        assert decode(codes) == str(text if form.strand == "+" else text.reverse_complement())
        assert form.length == len(codes) == (parts.end - parts.start).sum()
        first = parts[parts.exon_number == "1"]
        assert (first.start.item() == form.start) == (form.strand == "+" or len(parts) == 1)


def test_isoforms_skip_one_inner_exon(world):
    forms = {gene: rows.set_index("isoform") for gene, rows in world.transcripts.groupby("gene")}
    two = [rows for rows in forms.values() if len(rows) == 2]
    assert len(two) >= len(forms) // 5
    for rows in two:
        full, skipped = exon_list(rows.loc["full"]), exon_list(rows.loc["skipped"])
        missing = [exon for exon in full if exon not in skipped]
        assert len(missing) == 1 and missing[0] not in (full[0], full[-1])
        assert [exon for exon in full if exon != missing[0]] == skipped
    for rows in forms.values():
        exons = exon_list(rows.loc["full"])
        assert 1 <= len(exons) <= 6
        assert all(a[1] < b[0] for a, b in itertools.pairwise(exons))


def test_composition_of_the_sequence(settings, world):
    def cpg(codes):
        pairs = ((codes[:-1] == 1) & (codes[1:] == 2)).mean()
        return pairs / ((codes == 1).mean() * (codes == 2).mean())

    island = [world.sequences[g.chrom][g.tss - 400 : g.tss + 400]
              for g in world.genes.itertuples() if g.cpg_island]  # fmt: skip
    assert cpg(np.concatenate(list(world.sequences.values()))) < 0.6
    assert cpg(np.concatenate(island)) > 0.8
    length = (world.repeats.end - world.repeats.start).sum()
    aim = settings["genome"]["repeat_fraction"] * sum(settings["chromosomes"].values())
    assert aim <= length <= aim + 2_400


def test_repeats_resemble_their_family_and_avoid_exons(world):
    full = world.repeats[world.repeats.end - world.repeats.start == 300]
    copies = []
    for row in full[full.family == "family1"].itertuples():
        codes = world.sequences[row.chrom][row.start : row.end]
        copies.append(codes if row.strand == "+" else reverse_complement(codes))
    alike = np.mean(copies[0] == copies[1])
    assert alike > 0.65  # 0.25 by chance
    for form in world.transcripts.itertuples():
        local = world.repeats[world.repeats.chrom == form.chrom]
        for start, end in exon_list(form):
            assert not ((local.start < end) & (local.end > start)).any()


def test_codes_round_trip_and_complement():
    text = "ACGTNACCGT"
    assert decode(encode(text)) == text
    assert decode(reverse_complement(encode(text))) == str(Seq(text).reverse_complement())
    assert decode(encode("acgtRY")) == "ACGTNN"


def test_tables_are_those_of_the_rule(root):
    rule = (root / "rules/demo.smk").read_text()
    listed = rule.split('TRUTH = """')[1].split('"""')[0].split()
    assert tuple(listed) == TABLES


def test_read_world_without_sequences(folder):
    assert read_world(folder).sequences == {}
