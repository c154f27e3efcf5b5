"""Role of each histone mark in the literature (Singh 2016, Table 2)."""

import numpy as np
import pandas as pd

# mark: what it is associated with, and whether this stands for high (1) or low (-1) expression
MARK_ROLES = {
    "H3K27me3": ("Polycomb repression", -1),
    "H3K36me3": ("Transcribed regions", 1),
    "H3K4me1": ("Enhancer regions", 1),
    "H3K4me3": ("Promoter regions", 1),
    "H3K9me3": ("Heterochromatin", -1),
}
CLASSES = ("low", "high")


def marks_of_class(name: str) -> list[str]:
    """Return the marks that are associated with the class `low` or `high`."""
    return [mark for mark, (_, sign) in MARK_ROLES.items() if CLASSES[sign > 0] == name]


def role_table(marks: list[str]) -> pd.DataFrame:
    """Return one row per mark: mark, associated_with, expression (high, low, or unknown)."""
    known = [MARK_ROLES.get(mark, ("not in the paper", 0)) for mark in marks]
    return pd.DataFrame(
        {
            "mark": marks,
            "associated_with": [regions for regions, _ in known],
            "expression": np.array(["unknown", "high", "low"])[[sign for _, sign in known]],
        }
    )
