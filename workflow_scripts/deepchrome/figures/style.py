"""Colors and legend of cell types."""

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
)

COLORS = [BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK]


def cell_colors(cells: list[str]) -> dict[str, str]:
    """Return a color per cell type, or gray for all if there are too many to distinguish."""
    if len(cells) > len(COLORS):
        return dict.fromkeys(cells, GRAY)
    return dict(zip(cells, COLORS, strict=False))


def add_legend(figure, cells: list[str], **lines: str) -> None:
    """Add a legend of cell types, or of the number of gray lines, and of other `lines` by color."""
    from matplotlib.lines import Line2D

    colors = cell_colors(cells)
    named = colors if len(cells) <= len(COLORS) else {f"{len(cells)} cell types": GRAY}
    handles = [Line2D([], [], color=c, label=n) for n, c in {**named, **lines}.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
