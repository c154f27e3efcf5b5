"""A genome with genes, and RNA reads of known number from each transcript."""

import numpy as np
import pytest

from workflow_scripts.align import make_gene_table, prepare_genome
from workflow_scripts.quantify import extract_transcripts, index_transcripts

COMPLEMENT = str.maketrans("ACGT", "TGCA")
# transcript: gene, strand, exons (0-based half-open); t2a and t2b share an exon
TRANSCRIPTS = {
    "t1": ("g1", "+", [(1000, 1600), (2000, 2300)]),
    "t2a": ("g2", "-", [(5000, 5500), (6000, 6500)]),
    "t2b": ("g2", "-", [(6000, 6500), (7000, 7400)]),
    "t3": ("g3", "+", [(12_000, 12_900)]),
}


class Rna:
    def __init__(self):
        rng = np.random.default_rng(3)
        self.genome = "".join(rng.choice(list("ACGT"), 20_000))
        self.transcripts = {}
        for name, (_, strand, exons) in TRANSCRIPTS.items():
            sense = "".join(self.genome[start:end] for start, end in exons)
            minus = sense.translate(COMPLEMENT)[::-1]
            self.transcripts[name] = sense if strand == "+" else minus

    def gtf(self):
        lines = []
        for name, (gene, strand, exons) in TRANSCRIPTS.items():
            ids = f'gene_id "{gene}"; transcript_id "{name}";'
            lines += [f"1\tx\texon\t{s + 1}\t{e}\t.\t{strand}\t.\t{ids}\n" for s, e in exons]
        return "".join(lines)

    def reads(self, counts, fragment=200, length=60, seed=0):
        """Mates of fragments at random places: two lists of sequences."""
        rng, one, two = np.random.default_rng(seed), [], []
        for name, count in counts.items():
            sequence = self.transcripts[name]
            for start in rng.integers(0, len(sequence) - fragment + 1, count):
                piece = sequence[start : start + fragment]
                one.append(piece[:length])
                two.append(piece.translate(COMPLEMENT)[::-1][:length])
        return one, two


@pytest.fixture(scope="session")
def rna():
    return Rna()


@pytest.fixture(scope="session")
def rna_files(rna, tmp_path_factory):
    """Folder with genome.fa, genes.gtf, the tables of both, transcripts.fa and kallisto.idx."""
    folder = tmp_path_factory.mktemp("rna")
    (folder / "source.fa").write_text(f">chr1\n{rna.genome}\n")
    (folder / "genes.gtf").write_text(rna.gtf())
    prepare_genome.main(
        fasta=str(folder / "source.fa"), out=str(folder / "genome.fa"),
        index=str(folder / "genome.fa.fai"), sizes=str(folder / "chrom.sizes"),
    )  # fmt: skip
    make_gene_table.main(
        gtf=str(folder / "genes.gtf"), sizes=str(folder / "chrom.sizes"), fasta="source.fa",
        assembly="sim", prefix="chr", strip_versions=False, genes=str(folder / "genes.tsv"),
        transcripts=str(folder / "transcripts.tsv"),
    )  # fmt: skip
    extract_transcripts.main(
        genome=str(folder / "genome.fa"), gtf=str(folder / "genes.gtf"), given="", prefix="chr",
        transcripts=str(folder / "transcripts.tsv"), strip_versions=False,
        out=str(folder / "transcripts.fa"),
    )  # fmt: skip
    index_transcripts.main(fasta=str(folder / "transcripts.fa"), out=str(folder / "kallisto.idx"))
    return folder


@pytest.fixture(scope="session")
def real_reads(real_data):
    """Folder of real yeast reads."""
    return real_data / "reads"
