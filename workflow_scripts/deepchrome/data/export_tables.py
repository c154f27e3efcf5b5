"""Write a cell's data in the CSV format that the paper distributes."""

from dataclasses import replace

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks, write_table


def main(dataset: str, *, tables: dict[str, str]) -> None:
    """Write one CSV per part: `gene,bin,counts…,label`, marks in the config's order."""
    data = Marks.load(dataset)
    for part, path in tables.items():
        chosen = data.part == part
        columns = {k: v[chosen] for k, v in vars(data).items() if k != "marks"}
        write_table(path, replace(data, **columns))


if __name__ == "__main__":
    run_script(main, snakemake, tables=dict(snakemake.output.items()))
