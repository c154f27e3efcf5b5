"""Figure 1: from a genome and contact maps to windows, models and scores, with the run's counts."""

import pandas as pd

from workflow_scripts.chromaloom.plot.style import (
    BLUE,
    DOUBLE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    Drawing,
    new_figure,
)
from workflow_scripts.enhancement.figures.schematics import draw_arrow, draw_box, draw_thumbnail
from workflow_scripts.enhancement.figures.style import (
    DIVERGING,
    SEQUENTIAL,
    STYLES,
    in_order,
    label,
    read_maps,
    split_label,
    splits_in_order,
)

HEIGHT, SIDE = 3.75, 1.0  # of the figure, of a map (inches)
LOW_HEIGHT = 2.1  # of the figure without sequence models
UPPER, LOWER = 3.1, 1.3  # centers of the two rows
CONTROLS = ("_shuffled", "_random", "_without_sequence", "_without_image")


def window_counts(windows: pd.DataFrame) -> pd.DataFrame:
    """Windows by kind and split, and by reason if left out: kind, split, reason, windows, maps."""
    table = windows.fillna({"split": "", "reason": ""})
    found = table.groupby(["kind", "kept", "split", "reason"]).agg(
        windows=("start", "size"), maps=("map", "nunique")
    ).reset_index()  # fmt: skip
    return found.sort_values(["kind", "kept", "windows"], ascending=[True, False, False])


def count_text(counts: pd.DataFrame, kind: str) -> str:
    """Text with the windows of a kind by split, and those left out."""
    own = counts[counts.kind == kind]
    kept = own[own.kept].groupby("split").windows.sum()
    lines = [
        f"{split_label(split)}: {kept[split]:,}" for split in splits_in_order(kept.index) if split
    ]
    if unused := int(kept.get("", 0)):
        lines.append(f"in no split: {unused:,}")
    if left := int(own.windows[~own.kept].sum()):
        lines.append(f"left out: {left:,}")
    return "\n".join(lines)


def shown_models(table: pd.DataFrame) -> list[str]:
    """Models of the run with example maps, without controls and those that it does not train."""
    return [
        name for name in in_order(set(table.columns) & set(STYLES) - {"downsampled", "smoothed"})
        if not name.endswith((*CONTROLS, "_published"))
    ]  # fmt: skip


def model_text(title: str, models: list[str]) -> str:
    """Title of a box with the names of its models, two in a line."""
    names = [label(name) for name in models]
    lines = [", ".join(names[at : at + 2]) for at in range(0, len(names), 2)]
    return "\n".join([title, *lines])


def main(
    windows: str, image: str, sequence: str, *, resolution: int, window_bins: int, low: str
) -> Drawing:
    """Draw the scheme with the models that the run has.

    Parameters
    ----------
    windows, image, sequence
        All candidate windows; example maps of both kinds.
    resolution, window_bins
        Bin size (bp) and bins of a window.
    low
        How the low resolution is made, as text.
    """
    counts = window_counts(pd.read_csv(windows, sep="\t", dtype={"map": str, "chrom": str}))
    images, sequences = read_maps(image), read_maps(sequence)
    models = shown_models(images)
    from_sequence, hybrids = shown_models(sequences), [m for m in models if m.startswith("hybrid")]
    from_image = [m for m in models if m not in hybrids]
    height = HEIGHT if from_sequence else LOW_HEIGHT
    figure, axes = new_figure(DOUBLE, height)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set(xlim=(0, DOUBLE), ylim=(0, height))
    axes.set_axis_off()
    middle, size = (UPPER + LOWER) / 2, f"{resolution / 1000:g} kb"
    genome = f"Genome\n{window_bins} × {size}\nwithout N"
    boxes = [
        (0.65, LOWER, f"Contact map\n{size}, balanced,\ncoarse-grained", GRAY, 1.0),
        (4.45, LOWER, model_text("Image models", from_image or ["downsampled"]), BLUE, 1.3),
        (6.6, middle - 1.45, "Scores on\nheld-out windows", PURPLE, 0.95),
    ]
    arrows = [
        ((1.17, LOWER), (1.95 - SIDE / 2 - 0.03, LOWER)),
        ((3.12 + SIDE / 2 + 0.04, LOWER), (3.78, LOWER)),
    ]
    if from_sequence:
        boxes.append((0.65, UPPER, genome, GRAY, 1.0))
        boxes.append((4.45, UPPER, model_text("Sequence models", from_sequence), ORANGE, 1.3))
        arrows += [
            ((1.17, UPPER), (2.2 - SIDE / 2 - 0.03, UPPER)),
            ((0.65, LOWER + 0.33), (2.2 - SIDE / 2 - 0.05, UPPER - 0.35)),
            ((2.2 + SIDE / 2 + 0.04, UPPER), (3.78, UPPER)),
        ]
    if hybrids:
        boxes.append((5.95, middle, "Hybrid head", GREEN, 0.85))
        arrows += [
            ((5.12, UPPER - 0.1), (5.8, middle + 0.33)),
            ((5.12, LOWER + 0.1), (5.8, middle - 0.33)),
            ((6.1, middle - 0.33), (6.5, middle - 1.11)),
        ]
    else:
        arrows.append(((5.12, LOWER - 0.1), (6.1, middle - 1.3)))
        if from_sequence:
            arrows.append(((5.12, UPPER - 0.1), (6.5, middle - 1.11)))
    for x, y, text, color, width in boxes:
        draw_box(axes, x, y, text, color, width=width, size=6.5)
    for start, end in arrows:
        draw_arrow(axes, start, end)
    maps = [
        (images, "low", 1.95, LOWER, f"Low: {low}", SEQUENTIAL),
        (images, "high", 3.12, LOWER, "Observed map", SEQUENTIAL),
    ]
    texts = [(LOWER, "image", "Image windows")]
    if from_sequence:
        maps.append((sequences, "target", 2.2, UPPER, "O/E map", DIVERGING))
        texts.append((UPPER, "sequence", "Sequence windows"))
    for table, column, x, y, title, cmap in maps:
        draw_thumbnail(figure, table[table.window == table.window.min()], column, x=x, y=y,
                       side=SIDE, height=height, title=title, cmap=cmap)  # fmt: skip
    for y, kind, title in texts:
        axes.text(3.8, y - 0.36, f"{title}\n{count_text(counts, kind)}", fontsize=6, va="top",
                  linespacing=1.25)  # fmt: skip
    return figure, counts
