"""A small genome, its index, and reads drawn from it."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from alignment_files import SETTINGS

from workflow_scripts.align import align_reads, index_genome, prepare_genome

COMPLEMENT = str.maketrans("ACGT", "TGCA")
INDEX_FILES = [f"bowtie2{s}.bt2" for s in (".1", ".2", ".3", ".4", ".rev.1", ".rev.2")]


class Genome:
    """Random chromosomes; `big` ends in a copy of its own start, where reads fit twice."""

    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        sizes = {"big": 14_000, "small": 6_000}
        self.sequences = {n: "".join(rng.choice(list("ACGT"), size)) for n, size in sizes.items()}
        self.sequences["big"] += self.sequences["big"][:1000]

    @property
    def sizes(self):
        return {name: len(sequence) for name, sequence in self.sequences.items()}

    def read(self, chrom, start, length=50, strand="+"):
        bases = self.sequences[chrom][start : start + length]
        return bases if strand == "+" else bases.translate(COMPLEMENT)[::-1]


def write_fastq(path, reads, names=None):
    names = names or [f"r{number}" for number in range(len(reads))]
    text = "".join(f"@{n}\n{r}\n+\n{'I' * len(r)}\n" for n, r in zip(names, reads, strict=True))
    path = Path(path)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return str(path)


@pytest.fixture(scope="session")
def genome():
    return Genome()


@pytest.fixture(scope="session")
def genome_files(genome, tmp_path_factory):
    """Folder with genome.fa, genome.fa.fai, chrom.sizes and the bowtie2 index."""
    folder = tmp_path_factory.mktemp("genome")
    source = folder / "source.fa"
    source.write_text("".join(f">{n}\n{s}\n" for n, s in genome.sequences.items()))
    prepare_genome.main(
        fasta=str(source), out=str(folder / "genome.fa"), index=str(folder / "genome.fa.fai"),
        sizes=str(folder / "chrom.sizes"),
    )  # fmt: skip
    index_genome.main(
        fasta=str(folder / "genome.fa"), out=[str(folder / f) for f in INDEX_FILES], threads=1
    )
    return folder


@pytest.fixture
def fastq(tmp_path):
    def write(name, reads, names=None):
        return write_fastq(tmp_path / name, reads, names)

    return write


@pytest.fixture(scope="session")
def real_reads(real_data):
    """Folder of real yeast reads."""
    return real_data / "reads"


@pytest.fixture
def align(genome_files, tmp_path):
    def run(reads, mates=(), name="out", **settings):
        paths = {key: str(tmp_path / f"{name}.{key}") for key in ("bam", "stats")}
        paths["bai"] = paths["bam"] + ".bai"
        index = str(genome_files / "bowtie2")
        align_reads.main(
            reads=list(reads), mates=list(mates), index=index, **paths, **{**SETTINGS, **settings}
        )
        (stats,) = pd.read_csv(paths["stats"], sep="\t").to_dict("records")
        return paths["bam"], stats

    return run
