"""Figure 1: architecture, drawn from the layers of a trained network."""

import pandas as pd
from matplotlib.patches import FancyBboxPatch, Rectangle

from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    Drawing,
    new_figure,
)

NETWORKS = ("full", "seq")  # the first available is drawn
COLORS = {"input": GRAY, "convolution": SKY, "block": BLUE, "transition": PURPLE, "dense": ORANGE,
         "output": GREEN, "kmers": SKY, "vector": GRAY}  # fmt: skip
# layers between positions and dense layers: global pooling, and k-mer counts
VECTOR = ("flat", "largest", "mean", "segment_means", "global_pooling", "with_kmers")
WIDE, GAP = 1.0, 0.32  # width of a box, space between boxes


def step_of(row) -> tuple[str, str]:
    """Kind and name of the box that contains a layer; layers of a box are consecutive."""
    name = row.layer
    for prefix in ("block", "transition"):
        if name.startswith(f"{prefix}_"):
            return prefix, f"{prefix} {name.split('_')[1]}"
    if row.kind == "InputLayer":
        return "input", name
    if name.startswith("first_"):
        return "convolution", "convolution"
    if name == "output":
        return "output", "output"
    if name.startswith("kmer"):
        return "kmers", "k-mers"
    if name in VECTOR:
        return "vector", "vector"
    if row.kind == "Dense":
        return "dense", name
    return "", ""


def boxes(layers: pd.DataFrame) -> list[dict]:
    """Boxes of one part of the network, in order: kind, name, text and parameters.

    Dropout, activation, normalization and reshaping have no boxes; their parameters are added to
    the previous box.
    """
    found: dict[str, dict] = {}
    current = ""
    for row in layers.itertuples():
        kind, name = step_of(row)
        current = name or current
        if current:
            found.setdefault(current, {"kind": kind, "name": current, "rows": []})
            found[current]["rows"].append(row)
    for box in found.values():
        box["parameters"] = sum(row.parameters for row in box["rows"])
        box["text"] = describe(box["kind"], box["rows"])
    return list(found.values())


def describe(kind: str, rows: list) -> str:
    """Text under the name of a box: kernels, layers and output size."""
    last = rows[-1]
    convolutions = [row for row in rows if "Conv" in row.kind]
    pools = [row for row in rows if "Pooling1D" in row.kind and not row.kind.startswith("Global")]
    if kind == "input":
        return f"{last.length:,} bp" if rows[0].layer == "bases" else f"{last.length:,} bins"
    if kind == "vector":
        return f"{last.length:,} values"
    if kind == "kmers":
        counted = [row.layer.split("_")[1:] for row in rows if row.kind == "CountKmers"]
        parts = [f"{k}-mers" + ("" if n == "1" else f", {n} segments") for k, n in counted]
        return "\n".join([*parts, f"{last.length:,} counts"])
    if kind in ("dense", "output"):
        return f"{rows[0].length:,} unit{'s' if rows[0].length > 1 else ''}"
    size = [row for row in rows if row.channels > 1][-1]
    out = f"{size.length:,} × {size.channels:,}"
    if kind == "block":
        grown = f"{convolutions[0].channels} × {convolutions[0].kernel}"
        return f"{len(convolutions)} layers\nof {grown}\n{out}"
    pooled = f"\npool {pools[-1].kernel}" if pools else ""
    kernels = f"{convolutions[0].channels} × {convolutions[0].kernel}"
    return f"{kernels} bp{pooled}\n{out}" if kind == "convolution" else f"1 × 1{pooled}\n{out}"


def draw_row(axes, row: list[dict], *, x: float, y: float) -> float:
    """Draw boxes from left to right, starting at x; returns the right end."""
    for place, box in enumerate(row):
        axes.add_patch(
            FancyBboxPatch(
                (x, y - 0.5), WIDE, 1.0, boxstyle="round,pad=0,rounding_size=0.08",
                facecolor=COLORS[box["kind"]], alpha=0.3, edgecolor=BLACK, linewidth=0.7,
            )
        )  # fmt: skip
        axes.text(x + WIDE / 2, y + 0.4, box["name"].replace("_", " "), ha="center", va="top",
                  fontsize=6.5, fontweight="bold")  # fmt: skip
        axes.text(x + WIDE / 2, y + 0.14, box["text"], ha="center", va="top", fontsize=6)
        if place:
            arrow(axes, (x - GAP, y), (x, y))
        x += WIDE + GAP
    return x - GAP


def arrow(axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow between two points."""
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": BLACK, "shrinkA": 0,
                                              "shrinkB": 0, "linewidth": 0.8})  # fmt: skip


def bend(axes, points: list[tuple[float, float]]) -> None:
    """Draw a line with corners that ends in an arrow."""
    xs, ys = zip(*points[:-1], strict=True)
    axes.plot(xs, ys, color=BLACK, linewidth=0.8)
    arrow(axes, points[-2], points[-1])


def main(layers: str) -> Drawing:
    """Draw the convolutions above the dense layers, and the HiChIP branch if there is one."""
    table = pd.read_csv(layers, sep="\t", keep_default_na=False)
    name = next(name for name in NETWORKS if (table.network == name).any())
    own = table[table.network == name]
    trunk = boxes(own[own.part == "promoter"])
    below = ("kmers", "vector", "dense")
    first = [box for box in trunk if box["kind"] not in below]
    dense = [box for kind in below for box in trunk if box["kind"] == kind]
    branch = boxes(own[own.part == "hichip"])
    head = boxes(own[(own.part == "head") & (own.kind != "InputLayer")])
    longest = max(len(first), max(len(dense), len(branch)) + len(head) + 1, 6)
    low = -3.5 if branch else -1.8
    figure, axes = new_figure(DOUBLE, 0.35 + 0.62 * (1.2 - low))
    end = draw_row(axes, first, x=0, y=0)
    before = max(len(dense), len(branch)) * (WIDE + GAP)
    x = before - len(dense) * (WIDE + GAP)
    into = x + WIDE / 2
    if dense[0]["kind"] == "kmers":
        bend(axes, [(WIDE / 2, -0.5), (WIDE / 2, -0.7), (into, -0.7), (into, -1.2)])
        into += WIDE + GAP
    down = end - WIDE / 2
    bend(axes, [(down, -0.5), (down, -0.85), (into, -0.85), (into, -1.2)])
    draw_row(axes, dense, x=x, y=-1.7)
    middle = -1.7
    if branch:
        middle = -2.55
        draw_row(axes, branch, x=before - len(branch) * (WIDE + GAP), y=-3.4)
        for y in (-1.7, -3.4):
            bend(axes, [(before - GAP, y), (before + GAP, y), (before + GAP, middle + 0.2 *
                        (1 if y > middle else -1))])  # fmt: skip
        axes.add_patch(Rectangle((before - 0.02, middle - 0.2), 2 * GAP + 0.04, 0.4,
                                 facecolor="white", edgecolor=BLACK, linewidth=0.7))  # fmt: skip
        axes.text(before + GAP, middle, "joined", fontsize=6, ha="center", va="center")
    start = before + (3 * GAP if branch else 0)
    arrow(axes, (before + 2 * GAP + 0.02, middle) if branch else (before - GAP, middle),
          (start, middle))  # fmt: skip
    draw_row(axes, head, x=start, y=middle)
    sums = own.groupby("part").parameters.sum()
    parts = [f"promoter trunk {sums.get('promoter', 0):,}"]
    parts += [f"HiChIP branch {sums['hichip']:,}"] if branch else []
    parts.append(f"head {sums.get('head', 0):,}")
    axes.set_title(f"Parameters: {', '.join(parts)}", loc="left")
    axes.set(xlim=(-0.05, longest * (WIDE + GAP) - GAP + 0.05), ylim=(low - 0.6, 0.6))
    axes.set_axis_off()
    return figure, table
