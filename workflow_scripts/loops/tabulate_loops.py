"""Tabulate the quality of all HiChIP samples: read pairs by fate, and loops."""

import logging

import pandas as pd

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.contacts.merge_pairs import add_counts, read_stats
from workflow_scripts.contacts.pairs_files import write_table
from workflow_scripts.loops.loop_tables import read_loops
from workflow_scripts.loops.pool_loops import is_called

log = logging.getLogger("chromaloom")
# column: key in the table of `pairtools stats`
STATS = {"pairs": "total", "mapped": "total_mapped", "duplicates": "total_dups",
         "valid": "total_nodups", "cis": "cis", "trans": "trans"}  # fmt: skip
FATES = ["excluded", "near", "same_bin", "far"]
COLUMNS = ["sample", "cell", "kind", "reads", "mapped_reads", *STATS, *FATES, "counted",
           "library_size", "bin_pairs", "loops"]  # fmt: skip


def main(
    *, samples: list[dict], library_sizes: dict[str, int], cutoff: float, quality: str
) -> None:
    """Write a row per sample; unknown values are empty.

    Parameters
    ----------
    samples
        For each: sample, cell, kind, loops (its loop table) and, empty for imported loop tables,
        stats (`pairtools stats`), counts (fates of `count_loops`), runs (tables of its runs).
    library_sizes
        Library size N of samples, from the config.
    cutoff
        Minimum probability of a loop.
    quality
        Output. `counted` is the sum over pairs of bins. `library_size` is N: the valid read pairs
        of the sample (mapped, without duplicates, also between chromosomes), not only the counted
        ones, whose number depends on the loops.* settings. A loop table has its counts alone.
    """
    rows = []
    for entry in samples:
        row = {key: entry[key] for key in ("sample", "cell", "kind")}
        calls = read_loops(entry["loops"])
        row |= {"counted": int(calls["count"].sum()), "bin_pairs": len(calls),
                "loops": int(is_called(calls, cutoff).sum())}  # fmt: skip
        row["library_size"] = row["counted"]
        if entry["stats"]:
            stats, fates = (
                read_stats(entry["stats"]),
                pd.read_csv(entry["counts"], sep="\t").iloc[0],
            )
            runs = add_counts(entry["runs"])
            row |= {column: int(stats[key]) for column, key in STATS.items()}
            row |= {column: int(fates[column]) for column in FATES}
            row["library_size"] = row["valid"]
            row |= {"reads": runs.get("reads"), "mapped_reads": runs.get("mapped")}
        row["library_size"] = library_sizes.get(entry["sample"], row["library_size"])
        rows.append(row)
        log.info("%s: %s", entry["sample"], ", ".join(f"{k} {v}" for k, v in row.items()))
    write_table(pd.DataFrame(rows).reindex(columns=COLUMNS).to_dict("records"), quality)


if __name__ == "__main__":
    run_script(main, snakemake)
