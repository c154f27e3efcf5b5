"""Checks of the sheets for expression; imported by rule files: depends only on pandas."""

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

STRANDS = ("unstranded", "forward", "reverse")


def check_strands(runs: pd.DataFrame, sheet: str) -> None:
    """Reject a strandedness of STAR's counts (file2) that is none; `sheet` is named in messages."""
    for run in runs[runs.kind == "star_counts"].to_dict("records"):
        if run["file2"] not in ("", *STRANDS):
            raise UserError(
                f"{sheet}: run {run['run']!r}: file2: {run['file2']!r}; expected:"
                f" {', '.join(STRANDS)}, or nothing to find it by the reads in genes"
            )
