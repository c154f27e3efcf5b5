"""Schematic drawings: boxes, arrows and small maps, and networks as columns of boxes."""

import re
import textwrap
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.patches import FancyBboxPatch

from workflow_scripts.chromaloom.plot.style import BLACK, DOUBLE, GRAY
from workflow_scripts.enhancement.figures.style import DIVERGING, draw_square, square

MERGED = ("BatchNormalization",)  # their parameters count with the layer before
# layers that are shown although they have no parameters
SHOWN = {
    "MaxPooling1D": "max-pool {kernel}",
    "AveragePooling1D": "mean-pool {kernel}",
    "Add": "+ skip",
    "Concatenate": "concatenate",
    "Resizing": "bilinear resize",
    "ResizeMap": "bilinear resize to the bins",
    "PairMeans": "means of pairs, and |i − j|",
    "UpSampling2D": "up-sample",
    "Cropping2D": "crop",
    "Flatten": "flatten",
}


@dataclass
class Step:
    """A box: layer, number of repeats, output shape and parameters."""

    text: str
    shape: str
    parameters: int
    times: int = 1
    dilations: list[int] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Text of the box."""
        seen = list(dict.fromkeys(self.dilations))
        spread = f", dilated {', '.join(map(str, seen))}" if seen not in ([], [1]) else ""
        return f"{self.times} × [{self.text}{spread}]" if self.times > 1 else self.text + spread


def words(kind: str) -> str:
    """Class of a layer as words: `GraphTransformer` is 'graph transformer'."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()


def layer_steps(layers: pd.DataFrame) -> list[Step]:
    """A step per layer with parameters or in `SHOWN`; normalization joins the layer before."""
    found: list[Step] = []
    # a sum with the transpose symmetrizes a map, a sum with a mean shifts it: not skip connections
    transposed = shifted = False
    for row in layers.itertuples():
        if row.kind in ("Transpose", "SwapAxes"):
            transposed = True
        elif row.kind == "Add" and transposed and found:
            found[-1].text += ", symmetric"
            transposed = False
        elif row.kind == "Mean" and found:
            found[-1].text += ", input's mean"
            shifted = True
        elif row.kind == "Add" and shifted:
            shifted = False
        elif row.kind in MERGED and found:
            found[-1].parameters += row.parameters
        elif row.kind.startswith(("Conv1D", "Conv2D")):
            size = f"{row.kernel}" if row.kind.endswith("1D") else f"{row.kernel} × {row.kernel}"
            prefix = "transposed " if "Transpose" in row.kind else ""
            text = f"{prefix}conv {size}, {row.filters}" + (", stride 2" if row.stride == 2 else "")
            found.append(Step(text, row.shape, row.parameters, dilations=[max(1, row.dilation)]))
        elif row.kind == "ConvPool":
            text = f"conv {row.kernel}, {row.filters}, max-pool 2"
            found.append(Step(text, row.shape, row.parameters))
        elif row.kind == "Dense":
            found.append(Step(f"dense, {row.filters}", row.shape, row.parameters))
        elif row.kind in SHOWN and found and row.kind in ("MaxPooling1D", "Add"):
            found[-1].text += f", {SHOWN[row.kind].format(kernel=row.kernel)}"
            found[-1].shape = row.shape
        elif row.kind in SHOWN:
            found.append(Step(SHOWN[row.kind].format(kernel=row.kernel), row.shape, 0))
        elif row.parameters:
            found.append(Step(words(row.kind), row.shape, row.parameters))
    return found


def longest_run(steps: list[Step]) -> tuple[int, int, int]:
    """Start, period (up to six) and repeats of the longest run of equal steps; or zeros."""
    best, texts = (0, 0, 0), [step.text if step.times == 1 else None for step in steps]
    for period in range(1, 7):
        for at in range(len(texts) - 2 * period + 1):
            unit, times = texts[at : at + period], 1
            while None not in unit and texts[at + times * period :][:period] == unit:
                times += 1
            if times > 1 and period * times > best[1] * best[2]:
                best = (at, period, times)
    return best


def fold_steps(steps: list[Step]) -> list[Step]:
    """Steps with repeated steps, or repeated sequences of steps, folded into one."""
    steps = list(steps)
    while (found := longest_run(steps))[2]:
        at, period, times = found
        run = steps[at : at + times * period]
        texts = []
        for number in range(period):
            spread = [d for step in run[number::period] for d in step.dilations]
            texts.append(Step(run[number].text, "", 0, dilations=spread).label)
        whole = sum(step.parameters for step in run)
        steps[at : at + times * period] = [Step(" → ".join(texts), run[-1].shape, whole, times)]
    return steps


def draw_layers(
    axes,
    steps: list[Step],
    *,
    x: float,
    width: float,
    top: float,
    title: str,
    color: str,
    line_length: int,
) -> float:
    """Draw a column of boxes from `top` downwards; return its lower end.

    Parameters
    ----------
    axes
        In inches, y increasing upwards.
    steps
        The boxes.
    x, width, top
        Left edge, width and upper end.
    title, color
        Title above the column, and color of the boxes.
    line_length
        Characters per line.
    """
    total = sum(step.parameters for step in steps)
    axes.text(x, top, f"{title}\n{total:,} parameters", va="top", fontsize=7.5, fontweight="bold")
    y = top - 0.36
    for step in steps:
        lines = textwrap.wrap(step.label, line_length)
        height = 0.12 * (len(lines) + 1) + 0.07
        axes.add_patch(FancyBboxPatch((x, y - height), width, height, facecolor=color, alpha=0.25,
                                      edgecolor=color, linewidth=0.6,
                                      boxstyle="round,pad=0,rounding_size=0.04"))  # fmt: skip
        axes.text(x + width / 2, y - 0.045, "\n".join(lines), ha="center", va="top", fontsize=6.2)
        under = step.shape + (f"  ·  {step.parameters:,}" if step.parameters else "")
        axes.text(x + width / 2, y - height + 0.035, under, ha="center", va="bottom", fontsize=5.6,
                  color=GRAY)  # fmt: skip
        if step is not steps[-1]:
            axes.annotate("", (x + width / 2, y - height - 0.1), (x + width / 2, y - height),
                          arrowprops={"arrowstyle": "-|>", "color": BLACK, "linewidth": 0.5,
                                      "mutation_scale": 5})  # fmt: skip
        y -= height + 0.1
    return y


def draw_box(axes, x: float, y: float, text: str, color: str, *, width: float, size: float) -> None:
    """Draw a rounded box with text, centered at a point in inches; `size` is that of the font."""
    shape = "round,pad=0,rounding_size=0.05"
    axes.add_patch(FancyBboxPatch((x - width / 2, y - 0.3), width, 0.6, facecolor=color, alpha=0.25,
                                  edgecolor=color, boxstyle=shape))  # fmt: skip
    axes.text(x, y, text, ha="center", va="center", fontsize=size)


def draw_arrow(axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow between two points in inches."""
    arrow = {"arrowstyle": "-|>", "color": BLACK, "linewidth": 0.8}
    axes.annotate("", end, start, arrowprops=arrow)


def draw_thumbnail(
    figure, rows: pd.DataFrame, column: str, *, x: float, y: float, side: float, height: float,
    title: str, cmap: str,
):  # fmt: skip
    """Draw a small map, centered at a point in inches of a double-column figure.

    Parameters
    ----------
    figure, height
        Figure, and its height in inches.
    rows, column
        Rows of one window of a table of example maps; without rows the panel is empty.
    x, y, side
        Center, and width and height of the map, inches.
    title, cmap
        Title, and color map, between the quantiles 0.02 and 0.995 of the pixels.
    """
    panel = figure.add_axes(
        ((x - side / 2) / DOUBLE, (y - side / 2) / height, side / DOUBLE, side / height)
    )
    panel.set_title(title, fontsize=6.5, pad=2)
    if len(rows):
        matrix, first = square(rows, column), rows.iloc[0]
        known = matrix[np.isfinite(matrix)]
        limits = tuple(np.quantile(known, [0.02, 0.995]))
        if cmap == DIVERGING:
            limits = (-max(map(abs, limits)), max(map(abs, limits)))
        draw_square(panel, matrix, start=int(first.start), resolution=int(first.resolution),
                    limits=limits, cmap=cmap)  # fmt: skip
    panel.set(xticks=[], yticks=[])
    return panel
