"""The page that the report opens on: what went in, headline numbers, quality, figures."""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from workflow_scripts.report.applied_models import Application, applied_html
from workflow_scripts.report.figure_cards import Figure, figure_cards, show_category
from workflow_scripts.report.headlines import (
    TITLES,
    Headline,
    paper_headlines,
    read_published,
    read_scores,
)
from workflow_scripts.report.html_parts import STYLE, cell, count, number, plural, some, table, text
from workflow_scripts.report.origin import NOTICE, REAL, SIMULATED, by_origin
from workflow_scripts.report.presets import paper_presets
from workflow_scripts.report.run_tables import (
    Measure,
    Sample,
    contact_maps,
    genomes,
    quality_measures,
    reads_by_sample,
    start_enrichment,
)

REPRODUCTION = "Reproduction"
# Snakemake's page around the overview: a column as wide as the window, and the graph of the rules
# below the text in place of beside it
AROUND = """
.h-screen.overflow-auto:has(.overview) { align-items: flex-start; justify-content: stretch;
  min-width: 0; }
.items-start:has(.overview) { flex-direction: column; width: 100%; min-width: 0; gap: 0; }
.items-start:has(.overview) > * { width: 100%; min-width: 0; }
.prose:has(.overview) { max-width: none; font-size: inherit; }
.items-start:has(.overview) > #rulegraph { max-width: 1080px; margin: 0 auto; padding: 0 12px;
  max-height: none; overflow-x: auto; }
.items-start:has(.overview) > #rulegraph::before { content: "Rules of the workflow"; display: block;
  font: 650 18px/1.3 system-ui, sans-serif; color: #1f2937; border-bottom: 1px solid #e5e7eb;
  margin: 0 0 10px; padding-bottom: 5px; }
"""
HEAD = {
    REAL: ["Score on held-out data", "This run", "Best baseline", "Published"],
    SIMULATED: [
        "Score on held-out data",
        "This run",
        "Best baseline",
        "Published<small>for other data</small>",
    ],
}


class Run(NamedTuple):
    """What the overview is made of.

    `results` is the run's folder, `config` its whole config, `simulated` the cells that come from
    a simulated world, `published` the papers' tables of published values, `applied` the entries
    of its config section `apply`.
    """

    results: Path
    config: dict[str, Any]
    samples: list[Sample]
    simulated: list[str]
    published: dict[str, str]
    figures: list[Figure]
    applied: Sequence[Application] = ()

    @property
    def cells(self) -> list[str]:
        """Cells of the run, in the sheet's order."""
        return list(dict.fromkeys(sample.cell for sample in self.samples))


def _tiles(run: Run) -> str:
    """The run in a few counts."""
    reads = sum(reads_by_sample(run.samples, run.results).values())
    maps = contact_maps(run.samples, run.results)
    size = sum(genome.size or 0 for genome in genomes(run.samples, run.results))
    shown = [
        (len(run.samples), count(len(run.samples)), "sample"),
        (len(run.cells), count(len(run.cells)), "cell"),
        (reads, f"{reads / 1e6:.1f} M" if reads >= 1e6 else count(reads), "read"),
        (len(maps), count(len(maps)), "contact map"),
    ]
    tiles = [
        f'<div class="tile"><b>{value}</b><span>{name}{"" if amount == 1 else "s"}</span></div>'
        for amount, value, name in shown
        if amount
    ]
    if size:
        tiles.append(f'<div class="tile"><b>{size / 1e6:,.1f} Mb</b><span>genome</span></div>')
    return f'<div class="tiles">{"".join(tiles)}</div>' if tiles else ""


def _value(headline: Headline, samples: str) -> str:
    """A value with its spread and what it is a mean of."""
    spread = "" if headline.sd is None else f" ± {number(headline.sd)}"
    parts = [plural(headline.samples, samples)] if headline.samples > 1 else []
    parts += [plural(headline.seeds, "seed")] if headline.seeds > 1 else []
    over = f"<small>{', '.join(parts)}</small>" if parts else ""
    return f"{number(headline.value)}{spread}{over}"


def _headline_row(headline: Headline, origin: str) -> list[str]:
    """Cells of one headline."""
    baseline = f"{number(headline.baseline)}<small>{text(headline.baseline_label)}</small>"
    # as many decimals as the paper prints
    published = "–" if headline.published is None else f"{headline.published:g}"
    if headline.published_baseline is not None:
        published += f"<small>{headline.published_baseline:g} baseline</small>"
    return [
        cell(text(headline.label)),
        cell(_value(headline, "cell"), "number", "strong"),
        cell(baseline if headline.baseline_label else "–", "number"),
        cell(published, "number", *(["elsewhere"] if origin == SIMULATED else [])),
    ]


def _headlines(run: Run) -> str:
    """Headline numbers of every paper, those of real data before those of simulated data."""
    rows: dict[str, list[list[str]]] = {REAL: [], SIMULATED: []}
    for paper in [name for name in TITLES if name in run.config["papers"]]:
        path = run.results / paper / "metrics.tsv"
        if not path.exists():
            continue
        published = read_published(run.published[paper])
        real = [name for name in run.cells if name not in run.simulated]
        for origin, metrics in by_origin(read_scores(path), run.simulated, real).items():
            if found := paper_headlines(paper, metrics, published):
                rows[origin].append([cell(text(TITLES[paper]) + _preset(run, paper))])
                rows[origin] += [_headline_row(headline, origin) for headline in found]
    parts = [
        table(HEAD[origin], lines, numbers=(1, 2, 3))
        if origin == REAL or not rows[REAL]
        else f"<h3>Simulated data</h3>{table(HEAD[origin], lines, numbers=(1, 2, 3))}"
        for origin, lines in rows.items()
        if lines
    ]
    if not parts:
        return ""
    return (
        "<h2>Headline numbers</h2>"
        + "".join(parts)
        + f'<p class="quiet"><a {show_category(REPRODUCTION)}>All compared numbers</a></p>'
    )


def _preset(run: Run, paper: str) -> str:
    """The presets of a paper's networks, where its config names one."""
    presets = paper_presets(paper, run.config.get(paper, {}))
    names = dict.fromkeys(name for _, name in presets if not name.startswith("grid"))
    return f"<small>preset {text(' / '.join(names))}</small>" if names else ""


def _inputs(run: Run) -> str:
    """Samples by assay, genomes and maps."""
    reads = reads_by_sample(run.samples, run.results)
    rows = []
    for assay in dict.fromkeys(sample.assay for sample in run.samples):
        chosen = [sample for sample in run.samples if sample.assay == assay]
        targets = list(dict.fromkeys(sample.target for sample in chosen if sample.target))
        known = [reads[sample.sample] for sample in chosen if sample.sample in reads]
        rows.append(
            [
                cell(text(assay) + (f"<small>{text(some(targets))}</small>" if targets else "")),
                cell(count(len(chosen)), "number"),
                cell(count(len({sample.cell for sample in chosen})), "number"),
                cell(text(", ".join(dict.fromkeys(sample.kind for sample in chosen)))),
                cell(count(sum(known)) if known else "–", "number"),
            ]
        )
    if not rows:
        return ""
    head = ["Assay", "Samples", "Cells", "Enter as", "Reads"]
    parts = ["<h2>What went in</h2>", table(head, rows, numbers=(1, 2, 4))]
    for genome in genomes(run.samples, run.results):
        facts = [
            f"{genome.size / 1e6:,.1f} Mb in {plural(genome.sequences, 'sequence')}"
            if genome.size
            else "",
            plural(genome.genes, "gene") if genome.genes else "",
        ]
        known = ", ".join(fact for fact in facts if fact)
        parts.append(f"<p>Genome <b>{text(genome.name)}</b>{f': {known}' if known else ''}.</p>")
    maps = contact_maps(run.samples, run.results)
    if maps:
        resolutions = run.config.get("contacts", {}).get("resolutions", [])
        sizes = ", ".join(f"{bp / 1000:g} kb" for bp in sorted(resolutions))
        listed = some([f"{found.sample}, {count(found.contacts)} contacts" for found in maps], "; ")
        parts.append(f"<p>Contact maps ({text(sizes)}): {text(listed)}.</p>")
    return "".join(parts)


def _quality_row(measure: Measure) -> list[str]:
    """Cells of one measure: median, lowest and highest with the samples that have them."""

    def shown(value: float) -> str:
        return f"{100 * value:.1f} %" if measure.percent else count(value)

    def extreme(choose: Callable) -> str:
        name = choose(measure.values, key=measure.values.get)
        return f"{shown(measure.values[name])}<small>{text(name)}</small>"

    cells = [
        cell(text(measure.name)),
        cell(count(len(measure.values)), "number"),
        cell(shown(median(measure.values.values())), "number", "strong"),
    ]
    if len(measure.values) == 1:
        return [*cells, cell("", "number"), cell("", "number")]
    return [*cells, cell(extreme(min), "number"), cell(extreme(max), "number")]


def _quality(run: Run) -> str:
    """Every measure of quality that the run has."""
    rows = []
    stage = None
    for measure in quality_measures(run.samples, run.results):
        if measure.stage != stage:
            rows.append([cell(text(measure.stage))])
        stage = measure.stage
        rows.append(_quality_row(measure))
    parts = []
    if rows:
        head = ["", "Samples", "Median", "Lowest", "Highest"]
        parts.append(table(head, rows, numbers=(1, 2, 3, 4)))
    if enrichment := start_enrichment(run.samples, run.results):
        ranked = sorted(enrichment.items(), key=lambda entry: -entry[1])
        listed = [f"{target} {number(value, 1)}" for target, value in ranked]
        parts.append(
            "<p>Signal at transcription starts over that of the flanks, median of the samples: "
            f"{text(some(listed))}.</p>"
        )
    return "<h2>Quality at a glance</h2>" + "".join(parts) if parts else ""


def overview_html(run: Run) -> str:
    """The overview as HTML for Snakemake's page; sections without data are left out."""
    titles = [title for paper, title in TITLES.items() if paper in run.config["papers"]]
    none = "Trained models on new data" if run.applied else "No paper in this run"
    made_up = [name for name in run.cells if name in run.simulated]
    whom = "This run" if len(made_up) == len(run.cells) else text(", ".join(made_up))
    sections = [
        f"<h1>Chromaloom: {text(run.config['name'])}</h1>",
        f'<p class="quiet">{text(", ".join(titles)) or none}</p>',
        f'<p class="notice"><b>{whom}: simulated data.</b> {NOTICE}</p>' if made_up else "",
        _tiles(run),
        _headlines(run),
        applied_html(run.applied, run.results, {s.cell: s.assembly for s in run.samples}),
        _quality(run),
        _inputs(run),
        figure_cards(run.figures),
    ]
    body = "\n".join(section for section in sections if section)
    return f'<style>{STYLE}{AROUND}</style>\n<div class="overview">\n{body}\n</div>'


def as_caption(html: str) -> str:
    """HTML as the reStructuredText of a Snakemake caption, which Jinja does not touch."""
    lines = "\n".join(f"   {line}" for line in html.splitlines())
    return f".. raw:: html\n\n{{% raw %}}\n{lines}\n{{% endraw %}}\n"
