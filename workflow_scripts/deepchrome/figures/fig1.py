"""Figure 1, a schematic: from the marks around a gene's TSS to the network's input."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    VERMILION,
    Drawing,
    new_figure,
)


def draw_locus(axes, *, edge: float, n_bins: int, direction: int, title: str) -> None:
    """Draw the window around the TSS with its bins and the direction of transcription.

    `direction` is 1 for rightward, -1 for leftward, 0 for unknown.
    """
    axes.plot([-edge, edge], [0, 0], color=BLACK, linewidth=1)
    axes.vlines(np.linspace(-edge, edge, n_bins + 1), -0.12, 0.12, color=GRAY, linewidth=0.4)
    axes.plot([0, 0], [0, 0.75], color=VERMILION, linewidth=1.4)
    if direction:
        arrow = {"arrowstyle": "-|>", "color": VERMILION, "shrinkA": 0}
        axes.annotate("", (direction * edge / 8, 0.75), (0, 0.75), arrowprops=arrow)
    side = -1 if direction > 0 else 1
    axes.text(side * edge / 60, 0.75, "TSS", color=VERMILION, va="center", fontsize=7,
              ha="left" if side > 0 else "right")  # fmt: skip
    axes.set(xlim=(-edge, edge), ylim=(-0.3, 1.1))
    axes.set_title(title, loc="left")
    axes.set_axis_off()


def main(gene: str, *, oriented: bool) -> Drawing:
    """Draw the window with its bins, the signal of each mark in them, and the array with its label.

    `gene` is the table of `pick_example_gene`; each mark has its own scale. `oriented`: whether
    windows of genes on the minus strand are reversed. Values are called read counts if this is
    their unit, and signal otherwise.
    """
    table = pd.read_csv(gene, sep="\t", dtype={"cell": str, "gene_id": str}, keep_default_na=False)
    wide = table.pivot_table(index="mark", columns="bin", values="signal", sort=False)
    counted = bool((table.unit == "reads").all())
    first, n_bins = table.iloc[0], wide.shape[1]
    bin_size = int(table.offset[1] - table.offset[0]) if n_bins > 1 else 1
    edge = n_bins * bin_size / 2000
    figure, axes = new_figure(
        DOUBLE, 1.6 + 0.42 * len(wide), nrows=len(wide) + 2, sharex=False,
        height_ratios=[1.2, *[1] * len(wide), 2.2],
    )  # fmt: skip
    strand = {"+": ", plus strand", "-": ", minus strand"}.get(first.strand, "")
    draw_locus(
        axes[0], edge=edge, n_bins=n_bins,
        direction={"+": 1, "-": 1 if oriented else -1}.get(first.strand, 0),
        title=f"1  Window of {n_bins} bins of {bin_size} bp around the TSS of {first.gene_id}"
              f"{strand} (cell type {first.cell})",
    )  # fmt: skip
    offsets = (np.arange(n_bins) + 0.5) * bin_size / 1000 - edge
    for number, (axis, (mark, signal)) in enumerate(zip(axes[1:-1], wide.iterrows(), strict=True)):
        axis.bar(offsets, signal, bin_size / 1000, color=BLUE)
        top = max(float(signal.max()), 1.0)
        axis.set(xlim=(-edge, edge), ylim=(0, top), yticks=[0, top], xticks=[])
        axis.set_yticklabels(["0", f"{top:g}" if counted else f"{top:.3g}"])
        axis.set_ylabel(mark, rotation=0, ha="right", va="center")
        # left of the longest tick label
        axis.yaxis.set_label_coords(-0.05 if counted else -0.07, 0.5)
        if number == 0:
            what = "Read counts" if counted else "Signal"
            axis.set_title(f"2  {what} of each mark in each bin (n)", loc="left")
    image = axes[-1].imshow(
        np.log2(wide + 1), aspect="auto", cmap="Blues", interpolation="nearest", vmin=0,
        extent=(-edge, edge, len(wide) - 0.5, -0.5),
    )  # fmt: skip
    axes[-1].set_yticks(range(len(wide)), wide.index)
    axes[-1].set_xlabel("Distance from the TSS, kb")
    labels = {1: "high (expression above the cell type's median)", 0: "low (not above the median)"}
    what = "counts" if counted else "values"
    axes[-1].set_title(
        f"3  Input of the network: {n_bins} × {len(wide)} {what}. Label: {labels[first.label]}",
        loc="left",
    )
    axes[-1].spines[["top", "right"]].set_visible(True)
    figure.colorbar(image, ax=axes[-1], label="log2(n + 1)", pad=0.01, aspect=8)
    return figure, table
