"""Figure: pairs of every contact sample by category."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    SINGLE,
    SKY,
    VERMILION,
    YELLOW,
    Drawing,
    new_figure,
)

# category, label, color; in stacking order
FATES = [
    ("cis_far", "cis ≥ 20 kb", BLUE),
    ("cis_middle", "cis 1–20 kb", SKY),
    ("cis_near", "cis < 1 kb", ORANGE),
    ("cis_short", "cis < 20 kb", GREEN),
    ("cis_any", "cis", GREEN),
    ("trans", "trans", VERMILION),
    ("duplicates", "duplicates", PURPLE),
    ("one_mapped", "one end mapped", YELLOW),
    ("unmapped", "no end mapped", GRAY),
]


def main(quality: str) -> Drawing:
    """Draw one stacked bar per sample, as percentages of its pairs, or of its map's contacts."""
    table = pd.read_csv(quality, sep="\t", dtype={"sample": str, "cell": str})
    fates = pd.DataFrame([split_fates(row) for _, row in table.iterrows()])
    share = 100 * fates.div(fates.sum(axis=1), axis=0)
    names = [
        name if pairs else f"{name} (map)"
        for name, pairs in zip(table["sample"], table.pairs.notna(), strict=True)
    ]
    figure, axes = new_figure(SINGLE, 1.1 + 0.17 * len(table))
    left = pd.Series(0.0, share.index)
    for fate, label, color in FATES:
        if fate in share:
            width = share[fate].fillna(0)
            axes.barh(names, width, left=left, color=color, label=label, height=0.75)
            left += width
    # half a bar above the first and below the last, for any number of bars
    axes.set(xlim=(0, 100), ylim=(len(table) - 0.4, -0.6), xlabel="Pairs of reads, %")
    figure.legend(loc="outside upper center", ncols=3)
    shown = table[["sample", "cell", "assay", "kind"]].join(fates)
    return figure, shown


def split_fates(row: pd.Series) -> dict[str, float]:
    """Number of pairs of each category; they sum to all pairs.

    Maps whose bins are too wide for the shorter distances have them as one category.
    """
    fates = {"trans": row.trans}
    if pd.isna(row.cis_20kb):
        fates["cis_any"] = row.cis
    elif pd.isna(row.cis_1kb):
        fates |= {"cis_far": row.cis_20kb, "cis_short": row.cis - row.cis_20kb}
    else:
        fates |= {
            "cis_far": row.cis_20kb,
            "cis_middle": row.cis_1kb - row.cis_20kb,
            "cis_near": row.cis - row.cis_1kb,
        }
    if pd.notna(row.pairs):
        fates |= {key: row[key] for key in ("duplicates", "one_mapped", "unmapped")}
    return fates
