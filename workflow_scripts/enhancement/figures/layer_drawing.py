"""Networks as columns of boxes, drawn from the tables of their layers."""

import re
import textwrap
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.patches import FancyBboxPatch

from workflow_scripts.chromaloom.plot.style import BLACK, GREY

ADDED = ("BatchNormalization",)  # their parameters count with the layer before
# layers that are told though they have no parameters
TOLD = {
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
    """A box: what is done, how often in a row, shape and parameters at the end of it."""

    text: str
    shape: str
    parameters: int
    times: int = 1
    dilations: list[int] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What stands in the box."""
        seen = list(dict.fromkeys(self.dilations))
        spread = f", dilated {', '.join(map(str, seen))}" if seen not in ([], [1]) else ""
        return f"{self.times} × [{self.text}{spread}]" if self.times > 1 else self.text + spread


def words(kind: str) -> str:
    """A layer's class as words: `GraphTransformer` is 'graph transformer'."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()


def single_steps(layers: pd.DataFrame) -> list[Step]:
    """A step per layer that has parameters or is told; normalisation goes with the layer before."""
    found: list[Step] = []
    # a sum with its transpose makes a map symmetric, one with a mean shifts it: they are no skips
    turned_around = shifted = False
    for row in layers.itertuples():
        if row.kind in ("Transpose", "SwapAxes"):
            turned_around = True
        elif row.kind == "Add" and turned_around and found:
            found[-1].text += ", symmetric"
            turned_around = False
        elif row.kind == "Mean" and found:
            found[-1].text += ", input's mean"
            shifted = True
        elif row.kind == "Add" and shifted:
            shifted = False
        elif row.kind in ADDED and found:
            found[-1].parameters += row.parameters
        elif row.kind.startswith(("Conv1D", "Conv2D")):
            size = f"{row.kernel}" if row.kind.endswith("1D") else f"{row.kernel} × {row.kernel}"
            turned = "transposed " if "Transpose" in row.kind else ""
            text = f"{turned}conv {size}, {row.filters}" + (", stride 2" if row.stride == 2 else "")
            found.append(Step(text, row.shape, row.parameters, dilations=[max(1, row.dilation)]))
        elif row.kind == "ConvPool":
            text = f"conv {row.kernel}, {row.filters}, max-pool 2"
            found.append(Step(text, row.shape, row.parameters))
        elif row.kind == "Dense":
            found.append(Step(f"dense, {row.filters}", row.shape, row.parameters))
        elif row.kind in TOLD and found and row.kind in ("MaxPooling1D", "Add"):
            found[-1].text += f", {TOLD[row.kind].format(kernel=row.kernel)}"
            found[-1].shape = row.shape
        elif row.kind in TOLD:
            found.append(Step(TOLD[row.kind].format(kernel=row.kernel), row.shape, 0))
        elif row.parameters:
            found.append(Step(words(row.kind), row.shape, row.parameters))
    return found


def longest_run(steps: list[Step]) -> tuple[int, int, int]:
    """Start, period (up to six) and times of the run of equal steps that is the longest; or 0s."""
    best, texts = (0, 0, 0), [step.text if step.times == 1 else None for step in steps]
    for period in range(1, 7):
        for at in range(len(texts) - 2 * period + 1):
            unit, times = texts[at : at + period], 1
            while None not in unit and texts[at + times * period :][:period] == unit:
                times += 1
            if times > 1 and period * times > best[1] * best[2]:
                best = (at, period, times)
    return best


def folded(steps: list[Step]) -> list[Step]:
    """Steps with runs of the same one, or of the same few in turn, told once."""
    steps = list(steps)
    while (found := longest_run(steps))[2]:
        at, period, times = found
        run = steps[at : at + times * period]
        parts = []
        for number in range(period):
            spread = [d for step in run[number::period] for d in step.dilations]
            parts.append(Step(run[number].text, "", 0, dilations=spread).label)
        whole = sum(step.parameters for step in run)
        steps[at : at + times * period] = [Step(" → ".join(parts), run[-1].shape, whole, times)]
    return steps


def draw_column(
    axes,
    steps: list[Step],
    *,
    x: float,
    width: float,
    top: float,
    title: str,
    tone: str,
    letters: int,
) -> float:
    """Draw boxes from `top` downwards and return where the next thing may begin.

    Parameters
    ----------
    axes
        In inches, y upwards.
    steps
        The boxes.
    x, width, top
        Left side, width and upper end.
    title, tone
        What stands above, and the colour of the boxes.
    letters
        Letters that a line holds.
    """
    total = sum(step.parameters for step in steps)
    axes.text(x, top, f"{title}\n{total:,} parameters", va="top", fontsize=7.5, fontweight="bold")
    y = top - 0.36
    for step in steps:
        lines = textwrap.wrap(step.label, letters)
        high = 0.12 * (len(lines) + 1) + 0.07
        axes.add_patch(FancyBboxPatch((x, y - high), width, high, facecolor=tone, alpha=0.25,
                                      edgecolor=tone, linewidth=0.6,
                                      boxstyle="round,pad=0,rounding_size=0.04"))  # fmt: skip
        axes.text(x + width / 2, y - 0.045, "\n".join(lines), ha="center", va="top", fontsize=6.2)
        under = step.shape + (f"  ·  {step.parameters:,}" if step.parameters else "")
        axes.text(x + width / 2, y - high + 0.035, under, ha="center", va="bottom", fontsize=5.6,
                  color=GREY)  # fmt: skip
        if step is not steps[-1]:
            axes.annotate("", (x + width / 2, y - high - 0.1), (x + width / 2, y - high),
                          arrowprops={"arrowstyle": "-|>", "color": BLACK, "linewidth": 0.5,
                                      "mutation_scale": 5})  # fmt: skip
        y -= high + 0.1
    return y
