"""Conformation: transcription and chromatin state of each cell's bins."""

from workflow_scripts.conformation.config.annotation_plan import plan_annotation

try:
    CF_ANNOTATIONS = {
        cell: plan_annotation(
            cell,
            SAMPLES,
            bool(config["assemblies"][plan.assembly]["gtf"]),
            CF_CONFIG["activity"],
            f"{CONFIG_FILE}: conformation.activity",
        )
        for cell, plan in CF_CELLS.items()
    }
except UserError as error:
    refuse(error)


rule annotate_bins:
    input:
        code=code("conformation/data/annotate_bins.py"),
        data=f"{CF}/data/{{cell}}.npz",
        genes=lambda w: (
            [f"{RESULTS}/genome/{CF_CELLS[w.cell].assembly}/genes.tsv"]
            if CF_ANNOTATIONS[w.cell].source == "RNA-seq"
            else []
        ),
        expression=lambda w: (
            [f"{RESULTS}/expression/{w.cell}.tsv"]
            if CF_ANNOTATIONS[w.cell].source == "RNA-seq"
            else []
        ),
        tracks=lambda w: expand(
            f"{RESULTS}/tracks/{CF_CONFIG['resolution']}/{{sample}}.tsv.gz",
            sample=CF_ANNOTATIONS[w.cell].tracks,
        ),
        states=lambda w: expand(
            f"{RESULTS}/tracks/{CF_CONFIG['resolution']}/{{sample}}.tsv.gz",
            sample=CF_ANNOTATIONS[w.cell].state_samples,
        ),
    output:
        table=f"{CF}/annotation/{{cell}}.tsv.gz",
    log:
        f"{LOGS}/annotate_bins/{{cell}}.log",
    benchmark:
        f"{BENCH}/annotate_bins/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        "../../envs/signal.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=20,
    params:
        cell=lambda w: w.cell,
        state_names=lambda w: CF_ANNOTATIONS[w.cell].state_names,
        settings={key: CF_CONFIG["activity"][key] for key in ("threshold", "track_threshold")},
    script:
        "../../workflow_scripts/conformation/data/annotate_bins.py"
