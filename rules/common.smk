"""Validated config and sheets; names and helper functions shared by all rules."""

import os
import sys
from types import SimpleNamespace

from workflow_scripts.chromaloom.workflow.assays import CONTACT_ASSAYS, PAIR_ASSAYS
from workflow_scripts.chromaloom.workflow.config import complete_config, load_schema, paper_names
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.download.registry import (
    check_datasets,
    check_real_file,
    data_place,
    dataset_place,
    sra_place,
)
from workflow_scripts.chromaloom.genomics.genome import known_sizes
from workflow_scripts.chromaloom.workflow.figures import make_figure
from workflow_scripts.chromaloom.workflow.sheets import (
    check_file,
    check_references,
    check_repeated_files,
    check_samples,
    read_sheet,
    resolve_path,
    split_map_groups,
)
from workflow_scripts.chromaloom.workflow.code_files import code_files
from workflow_scripts.chromaloom.workflow.places import run_place_checks

# suppresses TensorFlow's start-up messages in the logs; jobs inherit this
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# GPUs requested by a rule that can use one. `--resources gpu=0` means none. Jobs of a cluster parse
# these files without that option; they get it from the environment that they inherit.
if getattr(workflow.global_resources.get("gpu"), "value", None) == 0:
    os.environ.update(CHROMALOOM_NO_GPU="1")
GPU = 0 if os.environ.get("CHROMALOOM_NO_GPU") else 1

SCHEMAS = ROOT / "resources" / "schemas"


def fail(error):
    """Stop the run before any job starts, with a one-line error."""
    sys.exit(f"error: {error}")


def locate(text, where):
    """Path of a config value or sheet cell, with placeholders filled and dataset:NAME resolved."""
    if text.startswith("dataset:"):
        return dataset_path(text.removeprefix("dataset:"), where)
    if text.startswith("sra:"):
        return sra_place(text, DOWNLOADS, where)
    path = resolve_path(text, PLACES, where, ROOT, GENERATED_DIRS)
    check_real_file(path, REAL_FILES.path, DOWNLOADS, where)
    return path


def dataset_path(dataset, where="rules"):
    """Path of a downloaded dataset of the sheet."""
    if dataset not in DATASETS.index:
        raise UserError(f"{where}: no dataset {dataset!r} in {config['datasets']}")
    return dataset_place(DATASETS.loc[dataset], DOWNLOADS, where)


def workflow_path(path):
    """Path of a file of the workflow, relative to the working directory.

    Relative paths keep the results valid when the clone is moved together with them.
    """
    return os.path.relpath(ROOT / path)


def code(script):
    """A rule's script and the library modules it imports: editing one of them reruns the rule."""
    return [workflow_path(path) for path in code_files(Path("workflow_scripts", script), ROOT)]


def mem_per_attempt(memory):
    """Resource function for mem_mb: `memory` MB times the number of the attempt (restart-times)."""
    return lambda wildcards, attempt: memory * attempt


def runs_of(sample, kind=None):
    """Rows of the run sheet of a sample, all or of one kind."""
    rows = RUNS[RUNS["sample"] == sample]
    return rows if kind is None else rows[rows.kind == kind]


def kind_of(sample):
    """Stage at which a sample enters: the kind of its runs."""
    return runs_of(sample).kind.iloc[0]


def assembly_of(sample):
    """Genome of a sample."""
    return SAMPLES.assembly[sample]


def samples_with(assay=None, kinds=None, cell=None):
    """Names of samples, optionally of an assay, of a cell, or of given kinds of runs."""
    return [
        name
        for name, row in SAMPLES.iterrows()
        if (assay is None or row.assay == assay)
        and (cell is None or row.cell == cell)
        and (kinds is None or kind_of(name) in kinds)
    ]


def cells_with(assay):
    """Cells that have a sample of an assay, in the sheet's order."""
    return list(dict.fromkeys(SAMPLES.cell[SAMPLES.assay == assay]))


def one_of(names):
    """Wildcard constraint: one of the given names; matches nothing without names."""
    return "|".join(map(re.escape, names)) or "(?!)"


def genes_of(sample):
    """Gene annotation of a sample's genome; empty if there is none."""
    return config["assemblies"].get(assembly_of(sample), {}).get("gtf", "")


def blacklist_of(sample):
    """Blacklisted regions of a sample's genome: a list of one file or none."""
    return [file for file in [config["assemblies"][assembly_of(sample)]["blacklist"]] if file]


def check_places(paper, assembly, settings, samples=()):
    """Check a paper's regions now if the genome's lengths are known, else by a job (align.smk).

    The job also checks that the maps of `samples` have the chromosomes of the regions.
    """
    maps = [
        file
        for sample in samples
        if kind_of(sample) in ("cool", "mcool")
        for file in runs_of(sample).file
        if Path(file).is_file()
    ]
    check = dict(paper=paper, settings=settings, where=f"{CONFIG_FILE}: {paper}", maps=maps)
    PLACE_CHECKS.setdefault(assembly, []).append(check)
    if sizes := known_chromosomes(assembly):
        run_place_checks([check], sizes)


def place_code(assembly):
    """Code of the checks of an assembly's regions."""
    papers = {f"{check['paper']}/config/places.py" for check in PLACE_CHECKS.get(assembly, [])}
    return sorted({file for script in {"align/check_places.py", *papers} for file in code(script)})


def known_chromosomes(name):
    """Chromosome lengths (bp) of a genome where they are known before any job, else empty."""
    assembly = config["assemblies"][name]
    in_world = "demo" in config and assembly["fasta"].startswith(PLACES["world"])
    return known_sizes(assembly, config["demo"]["chromosomes"] if in_world else None)


def signal_files(sample):
    """Files that a sample's signal is counted from: its alignments, or its files."""
    if kind_of(sample) in ("fastq", "bam"):
        return [f"{RESULTS}/align/{sample}.bam"]
    return list(runs_of(sample).file)


def minus_files(sample):
    """Minus strands of a sample's tracks."""
    stranded = kind_of(sample) in ("bigwig", "bedgraph")
    return [file for file in runs_of(sample).file2 if file and stranded]


def rna_samples(cell):
    """RNA-seq samples (replicates) of a cell, which must enter at the same stage."""
    samples = samples_with(assay="RNA-seq", cell=cell)
    if len(kinds := sorted({kind_of(sample) for sample in samples})) > 1:
        raise UserError(
            f"{config['samples']}: cell {cell!r}: RNA-seq samples of kinds {', '.join(kinds)};"
            " expected: one kind per cell"
        )
    return samples


def expression_tables(cell):
    """The table of each replicate of a cell."""
    if kind_of(rna_samples(cell)[0]) in ("fastq", "bam"):
        return [f"{RESULTS}/quantify/{s}/abundance.tsv" for s in rna_samples(cell)]
    return [file for s in rna_samples(cell) for file in runs_of(s).file]


def expression_columns(cell):
    """The run sheet's file2 of each table; for matrices without it, the cell."""
    default = cell if kind_of(rna_samples(cell)[0]) == "expression_matrix" else ""
    return [name or default for s in rna_samples(cell) for name in runs_of(s).file2]


def expression_assembly(cell):
    """Assembly with genes whose biotypes select those of a cell's expression; '' if none does.

    That of its RNA-seq samples, else that of its other samples.
    """
    if not config["genes"]["biotypes"]:
        return ""
    others = [s for s in samples_with(cell=cell) if s not in rna_samples(cell)]
    found = [assembly_of(s) for s in rna_samples(cell) + others if genes_of(s)]
    if not found:
        raise UserError(
            f"{CONFIG_FILE}: genes.biotypes: {config['genes']['biotypes']}, but no sample of cell"
            f" {cell!r} has an assembly with a gtf; expected: one to take the biotypes from; fix: add"
            " it to the sample sheet, or leave genes.biotypes empty"
        )
    return found[0]


def expression_genes(cell):
    """For tables of transcripts, the transcript table, one per table."""
    lists = f"{RESULTS}/genome/{{}}/transcripts.tsv".format
    if (kind := kind_of(rna_samples(cell)[0])) in ("fastq", "bam"):
        return [lists(assembly_of(s)) for s in rna_samples(cell)]
    needed = kind == "salmon_quant"
    return [lists(assembly_of(s)) for s in rna_samples(cell) for _ in runs_of(s).run if needed]


def network_files(folder, runs, suffix="keras"):
    """Files of trained networks: one per (model, seed)."""
    return [f"{folder}/models/{model}.seed{seed}.{suffix}" for model, seed in runs]


def map_prediction_files(folder, models):
    """Files of predicted maps by model, one per seed, from the seeds of each model."""
    return {
        model: [f"{folder}/predictions/{model}.seed{seed}.h5" for seed in seeds]
        for model, seeds in models.items()
    }


def demo_settings(*keys):
    """Selected keys of the config's section `demo`, so that other keys do not rerun a rule."""
    return {key: config["demo"][key] for key in keys}


try:
    if workflow.modifier.is_main_snakefile():
        CONFIG_FILE = " + ".join(map(str, workflow.overwrite_configfiles)) or "config.yaml"
    else:
        CONFIG_FILE = f"config of module {workflow.modifier.namespace}"
    config = complete_config(config, load_schema(SCHEMAS), CONFIG_FILE)
    if unknown := set(config["papers"]) - set(paper_names(SCHEMAS)):
        raise UserError(
            f"{CONFIG_FILE}: papers: {sorted(unknown)[0]!r} is not allowed;"
            f" expected: {', '.join(paper_names(SCHEMAS))}"
        )

    # the config chooses the build of TensorFlow, not the machine that solves the environment
    BUILD = "-cuda" if config["tensorflow"] == "cuda" else ""
    RESULTS = f"results/{config['name']}"
    if workflow.modifier.path_modifier.replace_prefix(RESULTS) != RESULTS:
        raise UserError(
            f"module {workflow.modifier.namespace}: prefix and replace_prefix are not supported;"
            " expected: neither; fix: choose the folder of the results by the config's key 'name'"
        )
    LOGS = f"{RESULTS}/logs"
    BENCH = f"{RESULTS}/benchmarks"
    DOWNLOADS = config["download"]["folder"]
    PLACES = {
        "world": f"{RESULTS}/world",
        "data": data_place(
            os.environ.get("CHROMALOOM_REAL_DATA"), config["data_folder"], ROOT, DOWNLOADS
        ),
    }
    # folders of the rules' outputs: missing files there are not an error
    GENERATED_DIRS = (RESULTS, DOWNLOADS)

    # small real data that can be downloaded if there is no folder of them
    REAL_FILES = read_sheet(
        ROOT / "resources" / "sheets" / "real-data.tsv", SCHEMAS / "real_data.schema.yaml"
    )
    sheet_paths = {s: locate(config[s], CONFIG_FILE) for s in ("samples", "runs", "datasets")}
    DATASETS = read_sheet(sheet_paths["datasets"], SCHEMAS / "datasets.schema.yaml")
    check_datasets(DATASETS, config["datasets"])
    SAMPLES = read_sheet(sheet_paths["samples"], SCHEMAS / "samples.schema.yaml")
    RUNS = split_map_groups(read_sheet(sheet_paths["runs"], SCHEMAS / "runs.schema.yaml"))
    check_references(SAMPLES, RUNS, (config["samples"], config["runs"]))
    check_samples(SAMPLES, RUNS, config, CONFIG_FILE)
    for number, run in enumerate(RUNS.to_dict("records"), start=2):
        where = f"{config['runs']}: row {number} (run {run['run']!r})"
        files = run["kind"] in ("fastq", "geo_contacts", "bigwig", "bedgraph")
        for column in ["file", "file2"] if files else ["file"]:
            place = f"{where}: {column}"
            RUNS.loc[run["run"], column] = locate(run[column], place) if run[column] else ""
            check_file(RUNS.loc[run["run"], column], place, GENERATED_DIRS, run["kind"])
    check_repeated_files(SAMPLES, RUNS, (config["samples"], config["runs"]))
    for name, assembly in config["assemblies"].items():
        for key in ("fasta", "gtf", "transcripts", "blacklist"):
            where = f"{CONFIG_FILE}: assemblies.{name}.{key}"
            assembly[key] = locate(assembly[key], where) if assembly[key] else ""
            check_file(assembly[key], where, GENERATED_DIRS)
except UserError as error:
    fail(error)

if config["container"]:

    container: config["container"]


# the script of all figure rules
FIGURE_RUNNER = "chromaloom/plot/run_figure.py"
# Each paper's rules file adds an entry: {name: SimpleNamespace(title=..., metrics=path,
# published=path, targets=[outputs other than metrics and figures])}
PAPERS = {}
# Figures and drawn tables, registered by add_figure; figures.smk defines a rule for each
FIGURES = []
# Checks of regions by assembly, registered by check_places
PLACE_CHECKS = {}
# Targets of the shared stages, added by the stages' rule files
STAGE_TARGETS = []


def add_figure(place, title, **options):
    """Register a figure by place ("SECTION/NAME"), title and options of `make_figure`."""
    section = place.split("/")[0]
    category = "Reads" if section == "reads" else PAPERS[section].title
    FIGURES.append(make_figure(place, title, category=category, results=RESULTS, **options))


def figures_of(*sections):
    """Files of the figures of the given sections (papers, or "reads")."""
    return [file for f in FIGURES if f.section in sections and f.shown for file in f.files]


def all_targets():
    """All targets of a run; the report is last, since it includes the others."""
    return [
        *STAGE_TARGETS,
        *figures_of("reads"),
        *paper_targets(),
        f"{RESULTS}/reproduction.tsv",
        f"{RESULTS}/report.html",
    ]


def targets_of(paper):
    """Metrics and figures of one paper, which the config must name."""
    if paper not in config["papers"]:
        raise WorkflowError(f"{CONFIG_FILE}: papers: {config['papers']} lacks {paper!r}")
    return [PAPERS[paper].metrics, *figures_of(paper), *PAPERS[paper].targets]


def paper_targets():
    """Metrics and figures of all papers that the config names."""
    return [file for paper in config["papers"] for file in targets_of(paper)]


wildcard_constraints:
    assembly="|".join(map(re.escape, config["assemblies"])) or "none",
    sample="|".join(map(re.escape, SAMPLES.index)),
    run="|".join(map(re.escape, RUNS.index)),
    cell="|".join(map(re.escape, dict.fromkeys(SAMPLES.cell))),
    model="[a-z0-9_]+",
    seed="[0-9]+",
