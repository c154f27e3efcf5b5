"""Samples that become tracks in bins, and their inputs.

Imported by rule files: depends only on pandas.
"""

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

READS = ("fastq", "bam", "tagalign")
# what signal around transcription starts is measured in; of peaks, the file's columns tell
UNITS = {
    **dict.fromkeys(READS, "reads"),
    **dict.fromkeys(["peaks", "gff3"], "peaks"),
    **dict.fromkeys(["bigwig", "bedgraph", "binned"], "track mean"),
}
INPUT = "input"  # target of ChIP input controls


def track_samples(samples: pd.DataFrame) -> list[str]:
    """Samples with a track in bins: ChIP-seq without its controls, PRO-seq, segmentations."""
    kept = samples.assay.isin(["PRO-seq", "segmentation"])
    kept |= (samples.assay == "ChIP-seq") & (samples.target != INPUT)
    return list(samples.index[kept])


def second_names(runs: pd.DataFrame, target: str) -> list[str]:
    """`file2` of each run of a sample; for a segmentation its target."""
    return [
        target if kind == "segments" and not name else name
        for kind, name in zip(runs.kind, runs.file2, strict=True)
    ]


def check_tracks(
    tracks: list[str], samples: pd.DataFrame, runs: pd.DataFrame, sheets: tuple[str, str]
) -> None:
    """Reject a binned table without the name of a column, and a control that has no reads.

    `sheets` are the sample and the run sheet's names, for the message.
    """
    kinds = runs.drop_duplicates("sample").set_index("sample").kind
    for run in runs[runs["sample"].isin(tracks)].to_dict("records"):
        if run["kind"] == "binned" and not run["file2"]:
            raise UserError(
                f"{sheets[1]}: run {run['run']!r}: a binned table needs file2, the name of the"
                " column with the signal"
            )
    for sample in tracks:
        control = samples.control[sample]
        if not control or kinds[sample] not in READS:
            continue
        if (kinds[control] == "tagalign") != (kinds[sample] == "tagalign"):
            raise UserError(
                f"{sheets[0]}: sample {sample!r} enters as {kinds[sample]}, its control"
                f" {control!r} as {kinds[control]}; expected: both as aligned reads (fastq,"
                f" bam), or"
                " both as tagalign"
            )
        if kinds[control] not in READS:
            raise UserError(
                f"{sheets[0]}: control {control!r} of sample {sample!r} enters as"
                f" {kinds[control]}; expected: {', '.join(READS)}"
            )
