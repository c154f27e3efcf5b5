"""A small genome with its index, and Hi-C reads of known places."""

import gzip
import subprocess

import numpy as np
import pytest

from workflow_scripts.contacts import align_contacts, merge_pairs

COMPLEMENT = str.maketrans("ACGT", "TGCA")
SIZES = {"chrA": 60_000, "chrB": 40_000}
BALANCE = {
    "cis_only": False, "ignore_diags": 1, "mad_max": 0, "min_nnz": 2, "min_count": 0,
    "tolerance": 1e-4, "max_iters": 2000,
}  # fmt: skip
MAPPING = {
    "assembly": "sim", "mode": "trim", "enzyme": "MboI", "preset": "sensitive", "min_length": 20,
    "min_mapq": 10, "threads": 1,
}  # fmt: skip


class Genome:
    """Random chromosomes on disk, with lengths and bowtie2 index."""

    def __init__(self, folder):
        rng = np.random.default_rng(0)
        self.sequences = {n: "".join(rng.choice(list("ACGT"), s)) for n, s in SIZES.items()}
        fasta = folder / "genome.fa"
        fasta.write_text("".join(f">{n}\n{s}\n" for n, s in self.sequences.items()))
        self.sizes = folder / "chrom.sizes"
        self.sizes.write_text("".join(f"{n}\t{s}\n" for n, s in SIZES.items()))
        self.index = str(folder / "bowtie2")
        subprocess.run(["bowtie2-build", "--quiet", str(fasta), self.index], check=True)

    def read(self, chrom, start, strand="+", length=50):
        """Bases whose 5' end is at `start` (0-based), to the right on +, to the left on -."""
        if strand == "+":
            return self.sequences[chrom][start : start + length]
        return self.sequences[chrom][start + 1 - length : start + 1].translate(COMPLEMENT)[::-1]


@pytest.fixture(scope="session")
def genome(tmp_path_factory):
    return Genome(tmp_path_factory.mktemp("genome"))


@pytest.fixture
def fastq(tmp_path):
    def write(name, reads, mate=1):
        text = "".join(f"@r{n}/{mate}\n{r}\n+\n{'I' * len(r)}\n" for n, r in enumerate(reads))
        path = tmp_path / f"{name}.fastq.gz"
        path.write_bytes(gzip.compress(text.encode()))
        return str(path)

    return write


@pytest.fixture
def align(genome, tmp_path):
    def run(one, two, name="run", **settings):
        out = {"pairs": str(tmp_path / f"{name}.pairs.gz"), "stats": str(tmp_path / f"{name}.tsv")}
        align_contacts.main(
            run=name, reads=[one, two], index=genome.index, sizes=str(genome.sizes), **out,
            **{**MAPPING, **settings},
        )  # fmt: skip
        return out

    return run


@pytest.fixture
def merge(tmp_path):
    def run(*runs, name="sample", **settings):
        out = {
            "pairs": str(tmp_path / f"{name}.valid.gz"),
            "stats": str(tmp_path / f"{name}.stats"),
        }
        given = {"deduplicate": True, "max_mismatch": 3, "min_mapping_rate": 0.5, **settings}
        merge_pairs.main(
            sample=name, assembly="sim", runs=[run["pairs"] for run in runs],
            tables=[run["stats"] for run in runs], threads=1, memory_mb=200, **out, **given,
        )  # fmt: skip
        return out

    return run


def pair_lines(path):
    """Rows of a file of pairs, split, without the header."""
    with gzip.open(path, "rt") as lines:
        return [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]


def header(path):
    with gzip.open(path, "rt") as lines:
        return [line for line in lines if line.startswith("#")]
