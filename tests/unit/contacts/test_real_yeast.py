"""Real yeast Hi-C reads, from FASTQ to a balanced map."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.unit.contacts.conftest import BALANCE
from workflow_scripts.align import index_genome, prepare_genome
from workflow_scripts.chromaloom.genomics import contacts
from workflow_scripts.contacts import align_contacts, bin_pairs, merge_pairs
from workflow_scripts.contacts.merge_pairs import read_stats
from workflow_scripts.contacts.programs import python_program

INDEX = [f"bowtie2{s}.bt2" for s in (".1", ".2", ".3", ".4", ".rev.1", ".rev.2")]


@pytest.mark.real
@pytest.mark.slow
def test_yeast_pairs_agree_with_pairtools_and_the_map_is_flat(real_data, tmp_path):
    """Seen by the data's keepers: 26.9k of 50k pairs mapped, 7.2k cis beyond 1 kb."""
    reads = real_data / "reads"
    sizes = str(tmp_path / "chrom.sizes")
    fasta = str(tmp_path / "genome.fa")
    prepare_genome.main(
        fasta=str(reads / "sacCer3.fa.gz"), out=fasta, index=fasta + ".fai", sizes=sizes
    )
    index_genome.main(fasta=fasta, out=[str(tmp_path / name) for name in INDEX], threads=1)
    runs = []
    for first in sorted(reads.glob("HiC_*_1.fastq.gz")):
        name = first.name.removesuffix("_1.fastq.gz")
        run = {"pairs": str(tmp_path / f"{name}.pairs.gz"), "stats": str(tmp_path / f"{name}.tsv")}
        align_contacts.main(
            run=name, assembly="sacCer3", reads=[str(first), str(first).replace("_1.f", "_2.f")],
            index=str(tmp_path / "bowtie2"), sizes=sizes, mode="trim", enzyme="HindIII",
            preset="very-sensitive", min_length=20, min_mapq=10, threads=1, **run,
        )  # fmt: skip
        runs.append(run)
    assert len(runs) == 5
    out = {"pairs": str(tmp_path / "hic.pairs.gz"), "stats": str(tmp_path / "hic.stats.tsv")}
    merge_pairs.main(
        sample="hic", assembly="sacCer3", runs=[run["pairs"] for run in runs],
        tables=[run["stats"] for run in runs], min_mapping_rate=0.5, deduplicate=True,
        max_mismatch=3, threads=1, memory_mb=500, **out,
    )  # fmt: skip
    stats = read_stats(out["stats"])
    assert int(stats["total"]) == 50_000
    assert int(stats["total_mapped"]) == pytest.approx(26_900, rel=0.05)
    assert int(stats["cis_1kb+"]) == pytest.approx(7200, rel=0.02)

    by_hand = tmp_path / "by_hand.tsv"
    unpacked = subprocess.run(["gzip", "-dc", out["pairs"]], check=True, capture_output=True).stdout
    command = [python_program("pairtools"), "stats", "-o", str(by_hand), "-"]
    subprocess.run(command, input=unpacked, check=True, capture_output=True)
    hand = read_stats(by_hand)
    same = ["total_nodups", "cis", "trans", *(f"cis_{d}kb+" for d in (1, 2, 4, 10, 20, 40))]
    same += [key for key in stats if key.startswith(("dist_freq", "chrom_freq"))]
    assert {key: hand[key] for key in same} == {key: stats[key] for key in same}

    path = tmp_path / "hic.mcool"
    balance = {**BALANCE, "ignore_diags": 2, "mad_max": 5, "min_nnz": 10}
    bin_pairs.main(
        sample="hic", assembly="sacCer3", pairs=out["pairs"], sizes=sizes, min_distance=0,
        resolutions=[20_000, 40_000], balance=balance, threads=1, out=str(path),
    )  # fmt: skip
    for resolution in (20_000, 40_000):
        clr = contacts.open_map(path, resolution)
        matrix = clr.matrix(balance=True)[:]
        bins = np.arange(len(matrix))
        matrix[np.abs(bins[:, None] - bins) < 2] = 0
        masked = np.isnan(clr.bins()["weight"][:].to_numpy())
        sums = np.nansum(matrix, axis=1)[~masked]
        assert masked.mean() < 0.1
        assert np.abs(sums / sums.mean() - 1).max() < 1e-4
    assert Path(path).stat().st_size > 0
