"""Write the chromosome lengths of a genome without sequence, as given in the config."""

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script


def main(sizes: dict[str, int], *, files: list[str]) -> None:
    """Write files with one row per chromosome: name and length (bp), in the config's order."""
    for file in files:
        with atomic_path(file) as temporary:
            temporary.write_text("".join(f"{name}\t{size}\n" for name, size in sizes.items()))


if __name__ == "__main__":
    run_script(main, snakemake, sizes=snakemake.params.sizes, files=list(snakemake.output))
