"""How cell types are told apart in the paper's figures."""

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
)

COLOURS = [BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, BLACK]


def cell_colours(cells: list[str]) -> dict[str, str]:
    """A colour per cell type; one grey for all where there are more than can be told apart."""
    if len(cells) > len(COLOURS):
        return dict.fromkeys(cells, GREY)
    return dict(zip(cells, COLOURS, strict=False))


def add_legend(figure, cells: list[str], **lines: str) -> None:
    """Name the cell types above a figure, or how many grey lines there are; then other lines.

    `lines` maps a label to a colour.
    """
    from matplotlib.lines import Line2D

    colours = cell_colours(cells)
    named = colours if len(cells) <= len(COLOURS) else {f"each of {len(cells)} cell types": GREY}
    handles = [Line2D([], [], color=c, label=n) for n, c in {**named, **lines}.items()]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
