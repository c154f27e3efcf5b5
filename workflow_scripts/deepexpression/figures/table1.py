"""Table 1: data of each cell of the run."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing
from workflow_scripts.chromaloom.plot.text_table import draw_text_table

# quantity of the summary: heading, relative width; quantities that no cell has are left out
COLUMNS = {
    "rna_samples": ("RNA-seq samples", 0.75),
    "genes": ("Genes", 0.65),
    "genes_high": ("High genes", 0.65),
    "genes_unexpressed": ("Genes without reads", 0.8),
    "genes_in_families": ("Genes that share a symbol or promoter", 1.1),
    "hichip_samples": ("HiChIP samples", 0.75),
    "hichip_valid": ("HiChIP valid pairs", 0.85),
    "hichip_cis": ("HiChIP cis pairs", 0.85),
    "loops": ("Loops", 0.7),
    "genes_with_loops": ("Genes with loops", 0.7),
    "loop_distance_median": ("Median loop length, kb", 0.75),
}


def table_1(summary: pd.DataFrame) -> pd.DataFrame:
    """A row per cell; columns cell and the available ones of `COLUMNS`, as text."""
    wide = summary.pivot_table(index="cell", columns="quantity", values="value", sort=False)
    wide = wide[[name for name in COLUMNS if name in wide]]
    if "loop_distance_median" in wide:
        wide = wide.assign(loop_distance_median=wide.loop_distance_median / 1000)
    text = wide.map(lambda value: "–" if np.isnan(value) else f"{value:,.0f}")
    return text.reset_index()


def main(summary: str) -> Drawing:
    """Draw the table."""
    table = table_1(pd.read_csv(summary, sep="\t", dtype={"cell": str}))
    heads = ["Cell", *(COLUMNS[name][0] for name in table.columns[1:])]
    widths = [0.8, *(COLUMNS[name][1] for name in table.columns[1:])]
    return draw_text_table(table, widths=widths, heads=heads, figure_width=DOUBLE)
