"""Section of the report on the config section `apply`: models, their inputs, and what they gave."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
import pandas as pd
import yaml

from workflow_scripts.chromaloom.ml.bundle_files import MODEL, bundle_files
from workflow_scripts.report.headlines import CHOICES, TITLES
from workflow_scripts.report.html_parts import cell, count, number, plural, some, table, text
from workflow_scripts.report.thumbnails import thumbnail_uri

# a line of a job's log (FORMAT in workflow/job.py) without the time, and not of its progress
MESSAGE = re.compile(r"^\d\d:\d\d:\d\d (?!network \d+ of)(.+)$", re.M)
# files in the folder of an entry that a reader may want; those of other names are not listed
FILES = {
    "genes.tsv.gz": "a row per gene: mean and sd over the networks, and the value of each",
    "genes.bed": "the mean at each promoter, with scores from 0 to 1000",
    "genes.bw": "the mean at each promoter, as signal",
    "loops.bedpe": "the loops that were read",
    "marks.tsv": "mean per bin of each mark, here and in the training data",
    "predicted.mcool": "predicted map, observed over expected, with its sd over the networks",
    "predicted.cool": "the same",
    "predicted.tsv.gz": "the same as text",
    "contacts.mcool": "the predicted map times the expected contacts at each distance",
    "enhanced.mcool": "enhanced contact map, with its sd over the networks",
    "enhanced.tsv": "a row per chromosome: windows, and agreement with the input",
    "regions.tsv": "a row per region: the part that has a map",
    "predicted.png": "maps of the first regions",
    "predicted.pdf": "the same",
    "scores.tsv": "scores against the contact map that was given",
    "sigma.bw": "σ, mean over the networks",
    "sigma.tsv.gz": "σ of each network",
    "backward.bw": "σ from the contact map, mean over the networks",
    "backward.tsv.gz": "σ from the contact map, of each network",
    "discrepancy.map.bw": "discrepancy of each window: predicted and given map",
    "discrepancy.sigma.bw": "discrepancy of each window: σ of profiles and of the map",
    "discrepancy.tsv.gz": "both discrepancies",
    "igv_session.xml": "session of the genome browser IGV: File > Open Session",
}
# test scores of a paper's bundles, in the order in which they are shown
SCORES = {
    "deepchrome": {"roc_auc": "AUC"},
    "deepexpression": {"pcc": "PCC", "auc": "AUC"},
    "conformation": {"log_map_r": "r of log O/E"},
    "enhancement": {"mae": "mean absolute error", "scc_hicrep": "SCC", "pearson": "Pearson's r"},
}
LESS_IS_BETTER = {"mae"}
# models of Conformation have other names in scores than in bundles
SCORED_AS = {"pairwise": "forward_pairwise"}
BASELINES = {
    **{baseline.model: baseline.label for choice in CHOICES for baseline in choice.baselines},
    "mean": "mean by distance",
    "mean_map": "mean of the training maps",
}
OF_TRAINING = "on held-out data of the run that trained it; on other data it may be lower"
SETTINGS = {
    "cell": "cell {}",
    "assembly": "assembly {}",
    "fasta": "sequences of {}",
    "map": "contact map {}",
    "regions": "regions {}",
    "target": "target {}",
    "any_assembly": "on another assembly than that of the training (any_assembly)",
    "match_depth": "counts scaled to the depth of the training (match_depth)",
}
HIGHEST, BARS = 10, 25  # genes that are listed, bars of the histogram
# columns of genes.tsv.gz that are shown
NUMBERS = {"mean": "Mean", "sd": "sd", "held_out": "Held out<small>of training genes</small>"}
MOST_SCORES = 40  # rows of the table of scores
WIDTH, HEIGHT = 500, 110  # of the histogram in pixels


class Application(NamedTuple):
    """An entry of `apply`: name, folder or archive of its bundle, and its keys that are set."""

    name: str
    bundle: str
    settings: dict[str, Any]


def applied_messages(results: Path, name: str) -> list[str]:
    """What the logs of an entry's jobs say, such as how the data differ from the training."""
    logs = [
        log
        for kind in ("prepare", "apply")
        for log in sorted((results / "logs").glob(f"*/{kind}_*/{name}.log"))
    ]
    return [found for log in logs for found in MESSAGE.findall(log.read_text(errors="replace"))]


def bundle_scores(facts: dict[str, Any]) -> list[str]:
    """Test scores of a bundle in words, each with the best simple baseline by the same metric.

    Parameters
    ----------
    facts
        Content of model.yaml.
    """
    model = SCORED_AS.get(facts["model"], facts["model"])
    scored = [row for row in facts.get("metrics") or [] if row.get("split") == "test"]
    lines = []
    for metric, label in SCORES.get(facts["paper"], {}).items():
        values = {row["model"]: row["mean"] for row in scored if row["metric"] == metric}
        if model not in values:
            continue
        beside = {name: value for name, value in values.items()
                  if name != model and name in BASELINES}  # fmt: skip
        # those of the promoter alone have names of their own if the run has HiChIP
        same = {name: v for name, v in beside.items() if name.endswith("_seq")}
        if facts["paper"] == "deepexpression" and model == "seq" and same:
            beside = same
        line = f"{label} {number(values[model])}"
        if beside:
            choose = min if metric in LESS_IS_BETTER else max
            best = choose(beside, key=lambda name: beside[name])
            line += f" (best baseline, {BASELINES[best]}: {number(beside[best])})"
        lines.append(line)
    return lines


def _training(facts: dict[str, Any]) -> str:
    """Cell or maps, and assembly, that a bundle was trained on, as far as it says so."""
    inputs = facts["inputs"]
    maps = inputs.get("maps") or (inputs.get("transformation") or {}).get("maps") or []
    found = [f"cell {facts['cell']}"] if facts.get("cell") else []
    found += [plural(len(maps), "map") + f" ({some(maps)})"] if maps else []
    found += [f"assembly {inputs['assembly']}"] if inputs.get("assembly") else []
    return ", ".join(found) or "not known"


def _about(settings: Mapping[str, Any], bundle: str, messages: Sequence[str]) -> str:
    """Table of the model, of what it was applied to, and of what the jobs said."""
    facts = yaml.safe_load(bundle_files(Path(bundle), bundle).text(MODEL))
    inputs = []
    for key, words in SETTINGS.items():
        if value := settings.get(key):
            shown = some(value) if isinstance(value, list) else str(value)
            inputs.append(words.format(shown))
    kind = f"{TITLES.get(facts['paper'], facts['paper'])}, model {facts['model']}"
    verified = "yes: written by the workflow after its own training"
    if not facts.get("verified", True):
        verified = "no: made by hand, and not tested whether it reads what model.yaml says"
    scores = bundle_scores(facts)
    rows = [
        ("Model", [f"{kind}, {plural(len(facts['weights']), 'network')}"]),
        ("Trained on", [_training(facts)]),
        ("Test score", [*scores, OF_TRAINING] if scores else ["not known"]),
        ("Gives", [(facts.get("outputs") or {}).get("unit") or "not known"]),
        ("Verified", [verified]),
        ("License", [facts.get("license") or "not stated"]),
        ("Applied to", inputs or ["the genome of the bundle"]),
        ("Messages", messages or ["none"]),
    ]
    return table(
        ["Bundle", text(bundle)],
        [[cell(title), cell("<br>\n".join(map(text, lines)))] for title, lines in rows],
    )


def _depths(path: Path) -> str:
    """Table of the depth of each mark beside that of the training."""
    columns = ["mark", "unit", "mean_per_bin", "mean_per_bin_bundle", "ratio", "scale"]
    rows = [
        [cell(text(mark)), cell(text(unit))]
        + [cell("–" if pd.isna(value) else f"{value:.3g}", "number") for value in values]
        for mark, unit, *values in pd.read_csv(path, sep="\t")[columns].to_numpy()
    ]
    head = ["Mark", "Unit", "Mean per bin", "In training", "Ratio", "Scaled by"]
    return table(head, rows, numbers=(2, 3, 4, 5))


def _score(value: float) -> str:
    """A table cell of a number; a dash for NaN."""
    return cell(number(None if pd.isna(value) else value), "number")


def histogram(values: np.ndarray, title: str) -> str:
    """Histogram of numbers as SVG, with the least and the greatest below it."""
    numbers, edges = np.histogram(values, bins=BARS)
    step = WIDTH / BARS
    bars = "".join(
        f'<rect x="{place * step:.0f}" y="{HEIGHT * (1 - share):.1f}" width="{step - 1:.0f}"'
        f' height="{HEIGHT * share:.1f}" fill="#0072B2"/>'
        for place, share in enumerate(numbers / numbers.max())
    )
    style = 'font-size="12" fill="#6b7280"'
    return (
        f'<svg role="img" aria-label="{text(title)}" width="{WIDTH}" height="{HEIGHT + 20}"'
        f' viewBox="0 0 {WIDTH} {HEIGHT + 20}">{bars}'
        f'<text x="0" y="{HEIGHT + 15}" {style}>{edges[0]:.3g}</text>'
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT + 15}" text-anchor="middle" {style}>'
        f"{text(title)}</text>"
        f'<text x="{WIDTH}" y="{HEIGHT + 15}" text-anchor="end" {style}>{edges[-1]:.3g}</text>'
        "</svg>"
    )


def _genes(path: Path) -> str:
    """Histogram of the genes' means, and the highest genes."""
    places = ["gene_id", "chrom", "tss", "strand"]
    # a gene may be called NA
    genes = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False,
                        usecols=lambda name: name in {*places, *NUMBERS})  # fmt: skip
    numbers = [name for name in NUMBERS if name in genes]
    genes[numbers] = genes[numbers].apply(pd.to_numeric, errors="coerce")
    genes = genes[np.isfinite(genes["mean"])]
    if genes.empty:
        return ""
    highest = genes.sort_values("mean", ascending=False, kind="stable")[:HIGHEST]
    rows = []
    for gene, chrom, tss, strand, *values in highest[places + numbers].to_numpy():
        place = f"{chrom}:{int(tss):,} {strand}" if chrom else "–"
        rows.append([cell(text(gene)), cell(text(place)), *map(_score, values)])
    title = f"mean over the networks, {count(len(genes))} genes or sequences"
    head = ["Highest", "Transcription start", *(NUMBERS[name] for name in numbers)]
    drawn = f"<p>{histogram(genes['mean'].to_numpy(), title)}</p>"
    return drawn + table(head, rows, numbers=range(2, len(head)))


def _scores(path: Path) -> str:
    """Scores against a given map: a row per metric, a column per network or baseline."""
    scores = pd.read_csv(path, sep="\t", dtype={"model": str, "metric": str})
    wide = scores.pivot_table("value", "metric", "model", "mean", sort=False)[:MOST_SCORES]
    rows = [
        [cell(text(metric)), *map(_score, values)]
        for metric, values in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    networks = scores.groupby("model").seed.nunique()
    head = ["Score on the map that was given"] + [
        text(BASELINES.get(name, name))
        + (f"<small>mean of {networks[name]} networks</small>" if networks[name] > 1 else "")
        for name in wide.columns
    ]
    return table(head, rows, numbers=range(1, len(head)))


def _files(folder: Path, place: str) -> str:
    """Links to the files of an entry, relative to the report."""
    rows = [
        [cell(f'<a href="{text(quote(f"{place}/{name}"))}">{text(name)}</a>'), cell(text(about))]
        for name, about in FILES.items()
        if (folder / name).exists()
    ]
    return table(["File", f"in {text(place)}/"], rows) if rows else ""


def applied_html(
    entries: Sequence[Application], results: Path, assemblies: Mapping[str, str]
) -> str:
    """The section: of each entry the model, inputs, messages, a look at the results, and files.

    Parameters
    ----------
    entries
        Entries of `apply`.
    results
        Folder of the run; the report lies in it.
    assemblies
        Assembly of each cell of the sample sheet.

    Returns
    -------
    str
        HTML; empty without entries.
    """
    looks = {"marks.tsv": _depths, "scores.tsv": _scores, "genes.tsv.gz": _genes}
    parts = []
    for entry in entries:
        own = assemblies.get(entry.settings.get("cell", ""), "")
        settings = {"assembly": own, **entry.settings}
        place = f"apply/{entry.name}"
        folder = results / place
        parts += [
            f"<h3>{text(entry.name)}</h3>",
            _about(settings, entry.bundle, applied_messages(results, entry.name)),
            *(look(folder / name) for name, look in looks.items() if (folder / name).exists()),
        ]
        if (figure := folder / "predicted.png").exists():
            link = text(quote(f"{place}/predicted.png"))
            parts.append(
                f'<div class="cards"><a class="card" href="{link}">'
                f'<img alt="predicted maps" src="{thumbnail_uri(figure)}">'
                "<span><b>Predicted maps</b>of the first regions</span></a></div>"
            )
        parts.append(_files(folder, place))
    return "<h2>Applied models</h2>\n" + "\n".join(parts) if parts else ""
