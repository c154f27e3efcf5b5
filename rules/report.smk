"""What a reader opens: quality figures of the reads, published beside obtained, the report."""

from snakemake.logging import logger

from workflow_scripts.chromaloom.workflow.failed_jobs import FailedJobs
from workflow_scripts.report.presets import paper_presets
from workflow_scripts.report.report_items import figure_items


# set by make_report to the overview
report: os.environ.get("CHROMALOOM_FRONT_PAGE", "../resources/captions/workflow.rst")


# Cells with a file of the simulated world: their numbers stand apart from those of real data
SIMULATED_RUNS = RUNS.file.str.startswith(f"{PLACES['world']}/")
SIMULATED_CELLS = list(dict.fromkeys(SAMPLES.cell[RUNS["sample"][SIMULATED_RUNS]]))


rule record_config:
    input:
        code=code("report/record_config.py"),
    output:
        config=f"{RESULTS}/config.yaml",
    log:
        f"{LOGS}/record_config.log",
    benchmark:
        f"{BENCH}/record_config.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=mem_per_attempt(500),
        runtime=5,
    params:
        config=config,
    script:
        "../workflow_scripts/report/record_config.py"


rule tabulate_reproduction:
    input:
        code=code("report/tabulate_reproduction.py"),
        metrics=[PAPERS[name].metrics for name in config["papers"]],
        published=[PAPERS[name].published for name in config["papers"]],
    output:
        page=report(
            f"{RESULTS}/reproduction.html",
            caption="../resources/captions/reproduction.rst",
            category="Reproduction",
            labels={"item": "All numbers", "what": "published and obtained", "form": "page"},
        ),
        table=report(
            f"{RESULTS}/reproduction.tsv",
            caption="../resources/captions/reproduction.rst",
            category="Reproduction",
            labels={"item": "All numbers", "what": "published and obtained", "form": "table"},
        ),
    log:
        f"{LOGS}/report/tabulate_reproduction.log",
    benchmark:
        f"{BENCH}/report/tabulate_reproduction.tsv"
    conda:
        "../envs/plot.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=10,
    params:
        papers=config["papers"],
        simulated=SIMULATED_CELLS,
        real=[cell for cell in dict.fromkeys(SAMPLES.cell) if cell not in SIMULATED_CELLS],
        presets={name: paper_presets(name, config[name]) for name in config["papers"]},
    script:
        "../workflow_scripts/report/tabulate_reproduction.py"


rule make_report:
    input:
        code=code("report/make_report.py"),
        config=f"{RESULTS}/config.yaml",
        captions=expand(
            workflow_path("resources/captions/{name}.rst"),
            name=glob_wildcards(workflow_path("resources/captions/{name}.rst")).name,
        ),
        shown=[
            f"{RESULTS}/reproduction.tsv",
            *STAGE_TARGETS,
            *figures_of("reads"),
            *paper_targets(),
        ],
        published=[PAPERS[name].published for name in config["papers"]],
        # what was applied: results are among the targets of the stages
        bundles=[entry.bundle.files[0] for entry in APPLY.values()],
        sessions=[f"{RESULTS}/apply/{name}/igv_session.xml" for name in BROWSER_FILES],
    output:
        report=f"{RESULTS}/report.html",
    log:
        f"{LOGS}/report/make_report.log",
    benchmark:
        f"{BENCH}/report/make_report.tsv"
    localrule: True
    conda:
        "../envs/report.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=30,
    params:
        snakefile=workflow_path("Snakefile"),
        # only what the report shows: asking for the report itself would be a circle
        targets=[f"{RESULTS}/reproduction.tsv", *figures_of("reads"), *paper_targets()],
        samples=[
            {
                **SAMPLES.loc[name, ["sample", "cell", "assay", "target", "assembly"]].to_dict(),
                "kind": kind_of(name),
                "runs": list(runs_of(name).run),
            }
            for name in SAMPLES.index
        ],
        simulated=SIMULATED_CELLS,
        published={name: PAPERS[name].published for name in config["papers"]},
        figures=lambda wildcards: figure_items(
            workflow.rules, [*figures_of("reads"), *paper_targets()]
        ),
        applied=[
            {
                "name": name,
                "bundle": str(entry.bundle.folder),
                "settings": {
                    key: value
                    for key, value in entry.settings.items()
                    if value and key != "bundle"
                },
            }
            for name, entry in APPLY.items()
        ],
    script:
        "../workflow_scripts/report/make_report.py"


# repeated at the end: the lines of a failed job scroll away while others go on
FAILED_JOBS = FailedJobs()
logger.addHandler(FAILED_JOBS)


onsuccess:
    # a target such as `enhance` makes none
    report = Path(RESULTS, "report.html")
    print(f"Done. The report: {report}" if report.exists() else "Done.", file=sys.stderr)


onerror:
    print(*FAILED_JOBS.summary(), sep="\n", file=sys.stderr)
