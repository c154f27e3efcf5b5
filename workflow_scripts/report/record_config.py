"""Keep the config of the run, with all defaults filled in, beside its results."""

import yaml

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script


def main(config: dict, *, out: str) -> None:
    """Write the config as YAML; it can be given to --configfile as it is."""
    with atomic_path(out) as temporary, temporary.open("w") as handle:
        yaml.safe_dump(config, handle, sort_keys=False)


if __name__ == "__main__":
    run_script(main, snakemake, config=snakemake.params.config, out=snakemake.output.config)
