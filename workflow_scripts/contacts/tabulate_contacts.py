"""Tables of the quality of all contact samples and of their contacts by distance."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contacts import flatness, open_map, pixel_chunks
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.contacts.merge_pairs import add_counts, read_stats
from workflow_scripts.contacts.pairs_files import write_table
from workflow_scripts.contacts.scaling import convergence, scaling_of_map, scaling_of_pairs

log = logging.getLogger("chromaloom")
# column: key in the table of `pairtools stats`
COUNTS = {
    "pairs": "total", "both_mapped": "total_mapped", "one_mapped": "total_single_sided_mapped",
    "unmapped": "total_unmapped", "duplicates": "total_dups", "valid": "total_nodups",
    "cis": "cis", "trans": "trans", "cis_1kb": "cis_1kb+", "cis_20kb": "cis_20kb+",
}  # fmt: skip
COLUMNS = [
    "sample", "cell", "assay", "kind", "reads", "mapped_reads", "mapping_rate", *COUNTS,
    "convergence", "resolution", "map_contacts", "bins", "masked_bins", "flatness",
]  # fmt: skip


def main(
    *,
    samples: list[dict],
    resolution: int,
    sizes: dict[str, str],
    quality: str,
    scaling: str,
) -> None:
    """Write a row per sample, and a row per sample and distance bin.

    Parameters
    ----------
    samples
        Per sample: sample, cell, assay, kind and assembly; map (.mcool); stats (`pairtools stats`)
        and runs (tables of its runs), empty for imported maps.
    resolution
        The finest, in bp.
    sizes
        Assembly → file of chromosome lengths.
    quality, scaling
        Outputs.
    """
    lengths = {assembly: read_sizes(path) for assembly, path in sizes.items()}
    rows, curves = [], []
    for entry in samples:
        row = {key: entry[key] for key in ("sample", "cell", "assay", "kind")}
        row |= map_facts(entry["map"], resolution)
        if entry["stats"]:
            stats = read_stats(entry["stats"])
            row |= {column: int(stats[key]) for column, key in COUNTS.items()}
            row |= mapping_facts(entry["runs"])
            curve = scaling_of_pairs(stats, lengths[entry["assembly"]])
            row["convergence"] = convergence(curve)
        else:
            curve = scaling_of_map(entry["map"], resolution)
        rows.append(row)
        source = "pairs" if entry["stats"] else "map"
        curves.append(curve.assign(sample=entry["sample"], cell=entry["cell"], source=source))
        counts = ", ".join(f"{key} {value:.6g}" for key, value in row.items() if key in COUNTS)
        log.info("%s: %s", entry["sample"], counts)
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    write_table(table.round({"mapping_rate": 6, "flatness": 9}), quality)
    curves = pd.concat(curves)
    first = ["sample", "cell", "source"]
    write_table(curves[[*first, *curves.columns.drop(first)]], scaling)


def mapping_facts(tables: list[str]) -> dict:
    """Number of reads and of mapped reads of all runs; empty for runs that enter as pairs."""
    if "reads" not in (counts := add_counts(tables)):
        return {}
    reads, mapped = counts["reads"], counts["mapped"]
    return {"reads": reads, "mapped_reads": mapped, "mapping_rate": mapped / reads}


def map_facts(path: str, resolution: int) -> dict:
    """Contacts in the map, and how it is balanced; cis and trans are in counts of the map.

    Distances are between starts of bins; counts below the bin size are unknown.
    """
    clr = open_map(path, resolution)
    weight = clr.bins()["weight"][:].to_numpy()
    chrom = clr.bins()["chrom"][:].cat.codes.to_numpy()
    total = cis = 0.0
    far = dict.fromkeys((1_000, 20_000), 0.0)
    for one, two, count in pixel_chunks(clr):
        same = chrom[one] == chrom[two]
        total, cis = total + count.sum(), cis + count[same].sum()
        for distance in far:
            far[distance] += count[same & ((two - one) * resolution >= distance)].sum()
    return {
        "cis": cis, "trans": total - cis, "resolution": resolution, "map_contacts": total,
        "cis_1kb": far[1_000] if resolution <= 1_000 else np.nan,
        "cis_20kb": far[20_000] if resolution <= 20_000 else np.nan,
        "bins": len(weight), "masked_bins": int(np.isnan(weight).sum()),
        "flatness": flatness(clr),
    }  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake, sizes=snakemake.params.sizes)
