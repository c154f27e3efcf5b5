"""Table 1: methods that predict expression from histone marks, and their models here."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing
from workflow_scripts.chromaloom.plot.text_table import draw_text_table

# column: heading, relative width
COLUMNS = {
    "method": ("Method", 1.5),
    "study": ("Study", 1.15),
    "input": ("Input per gene", 1.4),
    "non_linear": ("Non-linear", 0.6),
    "combines_bins": ("Combines bins", 0.95),
    "learns_features": ("Learns features", 0.8),
    "interpretation": ("Interpretation of marks", 1.5),
    "model": ("Model in metrics.tsv", 1.35),
}


def main(methods: str) -> Drawing:
    """Draw one method per row."""
    table = pd.read_csv(methods, sep="\t", keep_default_na=False)[list(COLUMNS)]
    heads, widths = zip(*COLUMNS.values(), strict=True)
    return draw_text_table(
        table, widths=list(widths), heads=list(heads), figure_width=DOUBLE,
    )  # fmt: skip
