"""Copy a downloaded file to the folder of small real data, gzipped if requested."""

import logging
import shutil
from pathlib import Path

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")


def main(*, file: str, compress: bool, out: str) -> None:
    """Copy `file` to `out`; with `compress` as gzip whose bytes depend only on the content."""
    with atomic_path(out) as temporary:
        if compress:
            with Path(file).open("rb") as source, gzip_writer(temporary, level=6) as target:
                shutil.copyfileobj(source, target)
        else:
            shutil.copyfile(file, temporary)
    log.info("%s: from %s", out, file)


if __name__ == "__main__":
    run_script(main, snakemake, file=snakemake.input.file, out=snakemake.output.file)
