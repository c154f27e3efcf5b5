"""Binary formats: alignments, bigWig and contact maps, whole, cut off, damaged, or something else.

A byte changed in the middle is told by the checksums of BGZF and zlib alone; these files are cut
off, or their first bytes are changed, where every reader can see it.
"""

import gzip
from collections.abc import Callable
from pathlib import Path

import cooler
import numpy as np
import pandas as pd
import pyBigWig
import pysam
from mutations import Rng

from workflow_scripts.align import import_bam
from workflow_scripts.contacts.map_files import read_cool
from workflow_scripts.signal.signal_files import BigWig

SIZES = {"chr1": 3000, "chr2": 2000}

BINARY: dict[str, Callable[[bytes, Rng], bytes]] = {
    "unchanged": lambda data, rng: data,
    "cut off": lambda data, rng: data[: rng.integers(1, len(data))],
    "cut off at the end": lambda data, rng: data[: -int(rng.integers(1, 100))],
    "cut off at the start": lambda data, rng: data[int(rng.integers(1, 100)) :],
    "first bytes changed": lambda data, rng: rng.bytes(8) + data[8:],
    "empty file": lambda data, rng: b"",
    "gzip": lambda data, rng: gzip.compress(data),
    "text": lambda data, rng: b"chr1\t100\t200\t3.5\n" * 20,
    "random bytes": lambda data, rng: rng.bytes(len(data)),
}


class Alignments:
    """Reads by place through the import job."""

    name = "BAM"
    mode = "wb"

    def write(self, path: Path, rng: Rng) -> list[tuple[str, int]]:
        names = list(SIZES)
        reads = sorted(
            (int(chrom), int(start))
            for chrom, start in zip(
                rng.integers(2, size=60), rng.choice(1900, 60, replace=False), strict=True
            )
        )
        header = {"HD": {"VN": "1.6", "SO": "coordinate"},
                  "SQ": [{"SN": name, "LN": size} for name, size in SIZES.items()]}  # fmt: skip
        fasta = self.fasta(path.parent)
        with pysam.AlignmentFile(
            str(path), self.mode, header=header, reference_filename=str(fasta)
        ) as out:
            for number, (chrom, start) in enumerate(reads):
                read = pysam.AlignedSegment(out.header)
                read.query_name, read.flag, read.reference_id = f"r{number}", 0, chrom
                read.reference_start, read.mapping_quality = start, 40
                read.cigarstring, read.query_sequence = "30M", "A" * 30
                read.query_qualities = pysam.qualitystring_to_array("I" * 30)
                out.write(read)
        return [(names[chrom], start) for chrom, start in reads]

    def fasta(self, folder: Path) -> Path:
        fasta = folder / "genome.fa"
        if not fasta.exists():
            fasta.write_text("".join(f">{c}\n{'A' * n}\n" for c, n in SIZES.items()))
            pysam.faidx(str(fasta))
        return fasta

    def read(self, path: Path):
        folder = path.parent
        (folder / "sizes").write_text("".join(f"{c}\t{n}\n" for c, n in SIZES.items()))
        import_bam.main(
            sample="s", assembly="mine", files=[str(path)], sizes=str(folder / "sizes"),
            fasta=str(self.fasta(folder)), min_mapq=10, keep_duplicates=True,
            min_mapping_rate=0.0, threads=1, bam=str(folder / "out.bam"),
            bai=str(folder / "out.bam.bai"), stats=str(folder / "out.tsv"),
        )  # fmt: skip
        with pysam.AlignmentFile(str(folder / "out.bam")) as bam:
            return [(read.reference_name, read.reference_start) for read in bam]


class Cram(Alignments):
    name = "CRAM"
    mode = "wc"


class Tracks:
    name = "bigWig"

    def write(self, path: Path, rng: Rng):
        values = {
            chrom: np.round(rng.gamma(2, size=size // 10), 3) for chrom, size in SIZES.items()
        }
        with pyBigWig.open(str(path), "w") as out:
            out.addHeader(list(SIZES.items()))
            for chrom, found in values.items():
                out.addEntries(chrom, 0, values=found.tolist(), span=10, step=10)
        return {chrom: np.repeat(found, 10).astype("float32").tolist()
                for chrom, found in values.items()}  # fmt: skip

    def read(self, path: Path):
        with BigWig(path, SIZES) as track:
            return {chrom: track.fetch(chrom, 0, size).tolist() for chrom, size in SIZES.items()}


class Maps:
    name = "cool"

    def write(self, path: Path, rng: Rng):
        bins = cooler.binnify(pd.Series(SIZES), 100)
        one, two = np.triu_indices(len(bins))
        counts = rng.poisson(2, len(one))
        kept = counts > 0
        pixels = {"bin1_id": one[kept], "bin2_id": two[kept], "count": counts[kept]}
        cooler.create_cooler(str(path), bins, pd.DataFrame(pixels), ordered=True)
        return {tuple(row) for row in np.stack(list(pixels.values()), 1).tolist()}

    def read(self, path: Path):
        parts = read_cool(str(path), SIZES, 100).pixels()
        return {tuple(map(int, row)) for part in parts for row in part.itertuples(index=False)}


FORMATS = (Alignments(), Cram(), Tracks(), Maps())
