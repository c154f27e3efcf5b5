"""Write the loops of a cell as BEDPE, which genome browsers draw as arcs."""

from workflow_scripts.chromaloom.genomics.browser_files import write_bedpe
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.loops.loop_tables import PAIR, read_loops


def main(loops: str, *, bedpe: str) -> None:
    """Write BEDPE, whose score is the value of the loop, from the table of `pool_loops`.

    The distance (bp) between the starts of the bins, the number of replicates and the probability
    follow the ten standard columns.
    """
    table = read_loops(loops)
    table = table.assign(
        name=".", score=table.value, distance=table.start2 - table.start1
    )[[*PAIR, "name", "score", "distance", "n_replicates", "probability"]]  # fmt: skip
    write_bedpe(table, bedpe)


if __name__ == "__main__":
    run_script(main, snakemake)
