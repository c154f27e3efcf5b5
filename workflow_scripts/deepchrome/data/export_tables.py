"""Write a cell's dataset in the CSV format in which the paper's data are distributed."""

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks, write_marks_table


def main(dataset: str, *, train: str, valid: str, test: str) -> None:
    """Write one CSV per split: `gene,bin,counts…,label`, marks in the order of the config."""
    data = Marks.load(dataset)
    for split, path in (("train", train), ("valid", valid), ("test", test)):
        write_marks_table(path, data.select(data.split == split))


if __name__ == "__main__":
    run_script(main, snakemake)
