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
from workflow_scripts.chromaloom.workflow.figures import make_figure
from workflow_scripts.chromaloom.workflow.samples import read_sample_sheets
from workflow_scripts.chromaloom.workflow.sheets import check_file, read_sheet, resolve_path
from workflow_scripts.chromaloom.workflow.code_files import code_files
from workflow_scripts.chromaloom.workflow.places import PlaceChecks

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


def one_of(names):
    """Wildcard constraint: one of the given names; matches nothing without names."""
    return "|".join(map(re.escape, names)) or "(?!)"


def network_files(folder, runs, suffix="keras"):
    """Files of trained networks: one per (model, seed)."""
    return [f"{folder}/models/{model}.seed{seed}.{suffix}" for model, seed in runs]


def map_prediction_files(folder, models):
    """Files of predicted maps by model, one per seed, from the seeds of each model."""
    return {
        model: [f"{folder}/predictions/{model}.seed{seed}.h5" for seed in seeds]
        for model, seeds in models.items()
    }


def bowtie2_index(assembly):
    """Files of a genome's bowtie2 index."""
    parts = ("1", "2", "3", "4", "rev.1", "rev.2")
    return [f"{RESULTS}/index/{assembly}/bowtie2.{part}.bt2" for part in parts]


def genome_file(assembly, name):
    """File of a genome, or none where no assembly is named."""
    return f"{RESULTS}/genome/{assembly}/{name}" if assembly else []


def find_contact_map(text, where):
    """Path of a contact map that the config names: a file that is there or that a rule makes."""
    path = locate(text, where)
    check_file(path, where, GENERATED_DIRS, "cool")
    return path


def applications_of(paper):
    """Entries of the section `apply` whose bundle is of a paper, by name."""
    return {name: entry for name, entry in APPLY.items() if entry.bundle.paper == paper}


def bundle_files(folder, networks, suffix="keras"):
    """Outputs of a rule that writes a bundle of networks with these names, beside model.yaml."""
    weights = [f"weights/{name}.{suffix}" for name in networks]
    return [f"{folder}/{name}" for name in ("card.md", "sha256sums", *weights)]


def browser_sessions():
    """Sessions of IGV: path in the results without suffix -> (assembly, files)."""
    several = len(RUN_BROWSER_FILES) > 1
    return {
        f"igv_session.{assembly}" if several else "igv_session": (assembly, files)
        for assembly, files in RUN_BROWSER_FILES.items()
    } | {f"apply/{name}/igv_session": found for name, found in BROWSER_FILES.items()}


def browser_sequence(assembly):
    """File of a genome that IGV does not know by name: a list of one or none."""
    if assembly in IGV_GENOMES:
        return []
    file = "genome.fa" if config["assemblies"][assembly]["fasta"] else f"{assembly}.chrom.sizes"
    return [f"{RESULTS}/genome/{assembly}/{file}"]


def browser_genes(assembly):
    """GTF of a genome that IGV does not know by name, as far as IGV can read it."""
    gtf = config["assemblies"][assembly]["gtf"]
    readable = gtf.endswith((".gtf", ".gtf.gz"))
    # with a prefix its chromosomes have other names than the genome's
    prefixed = config["assemblies"][assembly]["gtf_chrom_prefix"]
    return [gtf] if readable and not prefixed and browser_sequence(assembly) else []


def gene_tracks(application):
    """Files of the predicted genes of an entry of `apply`, for a genome browser."""
    return [f"{RESULTS}/apply/{application}/genes.{suffix}" for suffix in ("bw", "bed")]


def called_peaks(samples):
    """Peaks of those samples whose tracks are made of them."""
    used = config["signal"]["value"] == "fraction"
    return [f"{RESULTS}/tracks/peaks/{s}.bed" for s in samples if used and s in PEAK_SAMPLES]


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
    DATASETS = read_sheet(locate(config["datasets"], CONFIG_FILE), SCHEMAS / "datasets.schema.yaml")
    check_datasets(DATASETS, config["datasets"])
    SHEETS = read_sample_sheets(
        config,
        SCHEMAS,
        locate=locate,
        made=GENERATED_DIRS,
        config_file=CONFIG_FILE,
        results=RESULTS,
    )
except UserError as error:
    fail(error)

# what the rules ask of the sheets
SAMPLES, RUNS = SHEETS.samples, SHEETS.runs
runs_of, kind_of, assembly_of = SHEETS.runs_of, SHEETS.kind_of, SHEETS.assembly_of
samples_with, cells_with, rna_samples = SHEETS.samples_with, SHEETS.cells_with, SHEETS.rna_samples
genes_of, blacklist_of = SHEETS.genes_of, SHEETS.blacklist_of
signal_files, minus_files = SHEETS.signal_files, SHEETS.minus_files
expression_tables, expression_columns = SHEETS.expression_tables, SHEETS.expression_columns
expression_assembly, expression_genes = SHEETS.expression_assembly, SHEETS.expression_genes

# the papers' regions are checked against the genome: at once, or by its first job
PLACE_CHECKS = PlaceChecks(SHEETS, PLACES["world"])

if config["container"]:

    container: config["container"]


# the script of all figure rules
FIGURE_RUNNER = "chromaloom/plot/run_figure.py"
# Each paper's rules file adds an entry: {name: SimpleNamespace(title=..., metrics=path,
# published=path, targets=[outputs other than metrics and figures])}
PAPERS = {}
# Figures and drawn tables, registered by add_figure; figures.smk defines a rule for each
FIGURES = []
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
        *[f"{RESULTS}/{name}.xml" for name in browser_sessions()],
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
