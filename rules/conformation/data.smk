"""Conformation: profiles and contact map of each cell, activity and chromatin state of its bins."""


rule build_conformation:
    input:
        code=code("conformation/data/build_conformation.py"),
        contacts=f"{RESULTS}/contacts/cells/{{cell}}.mcool",
        tracks=lambda w: expand(
            f"{RESULTS}/tracks/{CF_CONFIG['resolution']}/{{sample}}.tsv.gz",
            sample=CF_CELLS[w.cell].samples,
        ),
        chrom_sizes=lambda w: f"{RESULTS}/genome/{CF_CELLS[w.cell].assembly}/chrom.sizes",
    output:
        dataset=f"{CF}/data/{{cell}}.npz",
    log:
        f"{LOGS}/conformation/build_conformation/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/build_conformation/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        factors=lambda w: CF_CELLS[w.cell].factors,
        settings={
            key: CF_CONFIG[key] for key in """resolution window scale expected regions test_regions
            valid_regions valid_fraction split gap trim""".split()
        },
    script:
        "../../workflow_scripts/conformation/data/build_conformation.py"


rule annotate_conformation_bins:
    input:
        code=code("conformation/data/annotate_bins.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
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
        f"{LOGS}/conformation/annotate_conformation_bins/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/annotate_conformation_bins/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        "../../envs/signal.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        state_names=lambda w: CF_ANNOTATIONS[w.cell].state_names,
        by_state=lambda w: CF_ANNOTATIONS[w.cell].source == "states",
        settings={
            key: CF_CONFIG["activity"][key]
            for key in ("threshold", "threshold_unit", "track_threshold", "active_states")
        },
    script:
        "../../workflow_scripts/conformation/data/annotate_bins.py"
