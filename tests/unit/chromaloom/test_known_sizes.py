"""Lengths of chromosomes that are known before any job."""

import os

import pysam

from workflow_scripts.chromaloom.genomics.genome import known_sizes


def test_lengths_are_those_of_the_config_the_world_or_the_index(tmp_path):
    assert known_sizes({"fasta": "", "sizes": {"chrA": 7}}) == {"chrA": 7}
    world = {"chr1": 500, "chr2": 300}
    assert known_sizes({"fasta": "results/demo/world/genome.fa.gz"}, world) == world
    fasta = tmp_path / "g.fa"
    assert known_sizes({"fasta": str(fasta)}) == {}  # a download that has not been made
    fasta.write_text(">chrB some words\nACGTACGTAC\nACGT\n>chrA\nACGTA\n")
    assert known_sizes({"fasta": str(fasta)}) == {}
    pysam.faidx(str(fasta))
    assert list(known_sizes({"fasta": str(fasta)}).items()) == [("chrB", 14), ("chrA", 5)]


# FAULTS F3
def test_an_index_older_than_its_fasta_or_damaged_is_not_used(tmp_path):
    fasta, index = tmp_path / "g.fa", tmp_path / "g.fa.fai"
    fasta.write_text(">chrA\nACGTA\n")
    index.write_text("chrA\t9\t6\t9\t10\n")
    os.utime(index, (1, 1))
    assert known_sizes({"fasta": str(fasta)}) == {}
    index.write_text("not an index\n")
    assert known_sizes({"fasta": str(fasta)}) == {}
