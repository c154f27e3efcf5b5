"""A made-up genome and balanced maps of it, small enough to be looked through by loops."""

from pathlib import Path

import numpy as np
import pandas as pd
import pysam

from workflow_scripts.chromaloom.genomics.contact_maps import write_map

SIZE, BINS = 1000, 16
SIZES = {"chr1": 120_000, "chr2": 64_300, "chr3": 9_000, "chrM": 40_000}
BALANCE = {
    "cis_only": False, "ignore_diags": 1, "mad_max": 0, "min_nnz": 2, "min_count": 0,
    "tolerance": 1e-4, "max_iters": 2000,
}  # fmt: skip
SETTINGS = {
    "resolution": SIZE, "window_bins": BINS, "step_bins": 4, "image_step_bins": 3,
    "exclude_chromosomes": ["chrM", "chrY"],
    "coarsegrain": {"cutoff": 2, "max_levels": 8},
    "expected": {"sigma": 0.8, "kernel_size": 7, "clip_value": 2, "max_masked": 0.5},
    "observed": {"max_masked": 0, "lower_quantile": 0},
    "low_resolution": {
        "method": "pool", "factor": 2, "fraction": 0.25, "also_downsample": [],
    },
    "split": {
        "scheme": "arc", "valid": ["chr1:80k-120k"], "test": ["chr2:20k-64k"], "gap": 2000,
        "circular": [], "test_maps": [], "fractions": [0.1, 0.2],
    },
}  # fmt: skip
N_AT = ("chr1", 40_500)  # the only N of the genome


def write_genome(folder: Path, sizes: dict[str, int] = SIZES) -> tuple[str, dict[str, str]]:
    """FASTA with its index, and the sequences; letters in both cases."""
    rng = np.random.default_rng(0)
    sequences = {name: "".join(rng.choice(list("ACGTacgt"), size)) for name, size in sizes.items()}
    chrom, place = N_AT
    if chrom in sequences:
        sequences[chrom] = sequences[chrom][:place] + "N" + sequences[chrom][place + 1 :]
    path = folder / "genome.fa"
    path.write_text("".join(f">{name}\n{text}\n" for name, text in sequences.items()))
    pysam.faidx(str(path))
    return str(path), sequences


def make_pixels(
    sizes: dict[str, int], *, depth: float = 60, seed: int = 0, empty: tuple[int, ...] = ()
) -> pd.DataFrame:
    """Contacts that fall off with distance, none with the bins `empty`."""
    rng = np.random.default_rng(seed)
    chrom = np.repeat(np.arange(len(sizes)), [-(-size // SIZE) for size in sizes.values()])
    one, two = np.triu_indices(len(chrom))
    mean = np.where(chrom[one] == chrom[two], depth / (1 + two - one), 0.3)
    count = rng.poisson(mean)
    count[np.isin(one, empty) | np.isin(two, empty)] = 0
    table = pd.DataFrame({"bin1_id": one, "bin2_id": two, "count": count})
    return table[table["count"] > 0].reset_index(drop=True)


def write_small_map(
    path: Path, sizes: dict[str, int] = SIZES, *, dtype: type = np.int32, **pixels
) -> str:
    """Balanced .mcool of 1 and 2 kb bins."""
    write_map(
        [make_pixels(sizes, **pixels)], path, sizes=sizes, resolution=SIZE, dtype=dtype,
        assembly="sim", name=path.stem, resolutions=[SIZE, 2 * SIZE], balance=BALANCE, threads=1,
    )  # fmt: skip
    return str(path)
