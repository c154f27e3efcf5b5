"""Figures 8 and 9: which motifs are drawn, and the controls beside them."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.plot.style import draw_figure
from workflow_scripts.deepexpression.figures import fig8, fig9

BASES = list("ACGT")


def logos(sets):
    """Table of `match_motifs`: E of the best match of motifs by set."""
    rows = []
    for name, motifs in sets.items():
        for release in ("JASPAR2018", "JASPAR2026"):
            for motif, evalue in motifs.items():
                for side in ("motif", "target"):
                    table = pd.DataFrame(np.full((4, 4), 0.1) + 0.6 * np.eye(4), columns=BASES)
                    rows.append(table.assign(
                        set=name, release=release, motif=motif, information=3, name=f"F{motif}",
                        target=f"T{motif}", E=evalue, side=side, position=range(4),
                    ))  # fmt: skip
    return pd.concat(rows)


def summary(counts):
    """Table of `match_motifs`: matched and all motifs by set; the newest release has others."""
    rows = [
        dict(set=name, release=release, targets=9, motifs=motifs, matched=matched + more)
        for release, more in (("JASPAR2018", 0), ("JASPAR2026", 1))
        for name, (matched, motifs) in counts.items()
    ]
    return pd.DataFrame(rows)


def draw(figure, tmp_path, tables, **settings):
    """Texts of a figure, and its table."""
    paths = {}
    for name, table in tables.items():
        paths[name] = str(tmp_path / f"{name}.tsv")
        table.to_csv(paths[name], sep="\t", index=False)
    out = {suffix: str(tmp_path / f"f.{suffix}") for suffix in ("svg", "png", "tsv")}
    shown = []
    drawing = figure.main(paths["logos"], paths["summary"], **settings)
    for axes in drawing[0].get_axes():
        shown += [text.get_text() for text in axes.texts] + [axes.get_title(loc="left")]
    draw_figure(figure.main, paths["logos"], paths["summary"], **settings, **out)
    return shown, pd.read_csv(out["tsv"], sep="\t")


def test_figure_8_shows_how_often_untrained_and_shuffled_networks_match(tmp_path):
    # FAULTS F9: kernels were called matches that untrained kernels reach as often
    kernels = {f"k{n:03d}": 10.0**-n for n in range(1, 6)}
    sets = {f"A/regression/{kind}": kernels for kind in ("trained", "untrained", "shuffled")}
    counts = {
        "A/regression/trained": (5, 32), "A/classification/trained": (3, 32),
        "A/regression/untrained": (4, 32), "A/regression/shuffled": (6, 31),
        "B/regression/trained": (0, 32), "B/regression/untrained": (0, 0),
    }  # fmt: skip
    tables = {"logos": logos(sets), "summary": summary(counts)}
    texts, table = draw(fig8, tmp_path, tables, cells=["A", "B"], max_drawn=2, max_evalue=0.05)
    for text in ("trained: 8 of 64", "untrained: 4 of 32", "expression shuffled: 6 of 31",
                 "trained: 0 of 32", "no match at E < 0.05"):  # fmt: skip
        assert text in texts
    shares = table[table.side == "share"].set_index(["cell", "kind"]).share
    assert shares["A", "trained"] == pytest.approx(8 / 64)
    assert shares["A", "shuffled"] == pytest.approx(6 / 31, abs=1e-5)
    assert ("B", "untrained") not in shares.index
    # of the trained networks the two best
    assert table[table.side == "motif"].motif.unique().tolist() == ["k005", "k004"]


def test_figure_9_shows_how_often_background_motifs_match(tmp_path):
    # FAULTS F9
    motifs = {"m1": 0.5, "m2": 1e-4}
    tables = {
        "logos": logos({"A/found": motifs, "A/control": motifs}),
        "summary": summary({"A/found": (1, 2), "A/control": (0, 2)}),
    }
    texts, table = draw(fig9, tmp_path, tables, cells=["A"], max_drawn=6, max_evalue=0.05)
    assert {"enhancers: 1 of 2", "background: 0 of 2", "no match (best E = 0.5)"} <= set(texts)
    assert table[table.side == "motif"].motif.unique().tolist() == ["m2", "m1"]
