"""Estimate the abundance of each transcript from a sample's RNA reads with kallisto."""

import json
import logging
import shutil
from pathlib import Path

from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.tools import run_logged, share_read

log = logging.getLogger("chromaloom")
STRANDS = {"unstranded": [], "forward": ["--fr-stranded"], "reverse": ["--rf-stranded"]}
# start time and command line are left out: they are in the log, and differ between runs
KEPT_INFO = ("n_targets", "n_processed", "n_pseudoaligned", "n_unique", "p_pseudoaligned")
KEPT_INFO += ("p_unique", "kallisto_version", "index_version")


def main(
    *,
    sample: str,
    reads: list[str],
    mates: list[str],
    index: str,
    fragment_length: float,
    fragment_sd: float,
    strand: str,
    min_pseudoaligned: float,
    threads: int,
    abundance: str,
    info: str,
) -> None:
    """Write kallisto's table (target_id, length, eff_length, est_counts, tpm) and counts of reads.

    Parameters
    ----------
    sample
        Name, for messages.
    reads, mates
        FASTQ files of the lanes; `mates` is empty for single-end reads.
    index
        kallisto's index of the transcripts.
    fragment_length, fragment_sd
        Mean and standard deviation (bp) of fragment lengths; for single-end reads.
    strand
        unstranded, forward or reverse.
    min_pseudoaligned
        Minimum fraction of pseudoaligned reads.
    threads
        Of kallisto.
    abundance, info
        Outputs.

    Raises
    ------
    UserError
        The fraction of pseudoaligned reads is below `min_pseudoaligned`.
    """
    command = ["kallisto", "quant", "-i", index, "-t", str(threads), "--plaintext"]
    command += STRANDS[strand]
    if mates:
        files = [file for pair in zip(reads, mates, strict=True) for file in pair]
    else:
        command += ["--single", "-l", str(fragment_length), "-s", str(fragment_sd)]
        files = reads
    with scratch_folder(abundance) as folder:

        def report(pid: int, seconds: float) -> None:
            share = share_read(pid, reads)
            part = "" if share is None else f", {share:.0%} of the reads taken in"
            log.info("%s: quantifying for %.0f s%s", sample, seconds, part)

        # kallisto exits with 1 if no read pseudoaligns; require_pseudoaligned reports that case
        run_logged([*command, "-o", folder, *files], allowed=(0, 1), progress=report)
        if not Path(folder, "run_info.json").exists():
            raise RuntimeError("kallisto ended without run_info.json; its messages are above")
        facts = json.loads(Path(folder, "run_info.json").read_text())
        require_pseudoaligned(sample, facts, min_pseudoaligned)
        with atomic_path(abundance) as temporary:
            shutil.copyfile(Path(folder, "abundance.tsv"), temporary)
    with atomic_path(info) as temporary:
        kept = {key: facts[key] for key in KEPT_INFO if key in facts}
        temporary.write_text(json.dumps(kept, indent=1) + "\n")


def require_pseudoaligned(sample: str, facts: dict, floor: float) -> None:
    """Log the counts, and reject a sample with too few pseudoaligned reads."""
    share = facts["n_pseudoaligned"] / max(facts["n_processed"], 1)
    log.info(
        "%s: %d reads, %d fit a transcript (%.4f), %d of them one alone",
        sample, facts["n_processed"], facts["n_pseudoaligned"], share, facts["n_unique"],
    )  # fmt: skip
    if share < floor:
        raise UserError(
            f"sample {sample!r}: {share:.1%} of {facts['n_processed']} reads fit the transcripts;"
            f" expected: quantify.min_pseudoaligned {floor:.0%} or more; probably another"
            f" species, the"
            " wrong strand, or DNA reads"
        )


if __name__ == "__main__":
    run_script(main, snakemake, mates=list(snakemake.input.get("mates", [])))
