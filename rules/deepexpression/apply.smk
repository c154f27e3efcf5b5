"""DeepExpression: bundles of its networks, and bundles on other promoters and loops."""

from workflow_scripts.deepexpression.apply.inputs import plan_application as plan_promoters
from workflow_scripts.deepexpression.data.folds import parse_scheme

DE_BUNDLE = f"{RESULTS}/bundles/deepexpression-{{cell}}-{{task}}_{{network}}"
BUNDLES += [
    f"{DE_BUNDLE}/model.yaml".format(cell=cell, task=task, network=network)
    for cell in DE_CELLS
    for task in DE_TASKS
    for network in (["seq", "full"] if cell in DE_HICHIP else ["seq"])
]
DE_APPLY = {}
try:
    for name, entry in applications_of("deepexpression").items():
        where = f"{CONFIG_FILE}: apply.{name}"
        if entry.settings["fasta"]:
            entry.settings["fasta"] = locate(entry.settings["fasta"], f"{where}.fasta")
            check_file(entry.settings["fasta"], f"{where}.fasta", GENERATED_DIRS)
        DE_APPLY[name] = plan_promoters(
            entry, SAMPLES, config["assemblies"], LOOP_CELLS, config["loops"]["resolution"], where
        )
except UserError as error:
    fail(error)
STAGE_TARGETS += [f"{RESULTS}/apply/{name}/genes.tsv.gz" for name in DE_APPLY]
for name, plan in DE_APPLY.items():
    if plan.assembly:
        probability = plan.bundle.facts["outputs"]["task"] == "classification"
        loops = [f"{RESULTS}/apply/{name}/loops.bedpe"] if plan.cell else []
        GENE_TRACKS[name] = (plan.assembly, probability)
        BROWSER_FILES[name] = (plan.assembly, gene_tracks(name) + loops)


rule bundle_deepexpression:
    input:
        code=code("deepexpression/apply/bundle_deepexpression.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{DE_MAIN}.tsv.gz",
        folders=[f"{DE}/models/{{cell}}/{{task}}.{DE_MAIN}.{{network}}.seed{s}" for s in DE_SEEDS],
        metrics=PAPERS["deepexpression"].metrics,
        predictions=[
            f"{DE}/predictions/{{cell}}/{{task}}.{DE_MAIN}.{{network}}.seed{s}.tsv.gz"
            for s in DE_SEEDS
        ],
    output:
        bundle_files(
            DE_BUNDLE,
            [f"seed{s}_fold{f}" for s in DE_SEEDS for f in range(parse_scheme(DE_MAIN)[1])],
        ),
        f"{DE_BUNDLE}/folds.tsv",
        model=f"{DE_BUNDLE}/model.yaml",
    log:
        f"{LOGS}/deepexpression/bundle_deepexpression/{{cell}}.{{task}}.{{network}}.log",
    benchmark:
        f"{BENCH}/deepexpression/bundle_deepexpression/{{cell}}.{{task}}.{{network}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_CELLS),
        task=one_of(DE_TASKS),
        network="seq|full",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        scheme=DE_MAIN,
        seeds=DE_SEEDS,
        assembly="" if DE_CONFIG["promoters"]["fasta"] else DE_ASSEMBLY,
        orient_by_strand=DE_CONFIG["hichip"]["orient_by_strand"],
        settings=dict(preset=DE_CONFIG["preset"], **DE_PRESET),
    script:
        "../../workflow_scripts/deepexpression/apply/bundle_deepexpression.py"


rule prepare_deepexpression_application:
    input:
        code=code("deepexpression/apply/prepare_application.py"),
        model=lambda w: DE_APPLY[w.application].bundle.files,
        fasta=lambda w: (
            DE_APPLY[w.application].fasta
            or f"{RESULTS}/genome/{DE_APPLY[w.application].assembly}/genome.fa"
        ),
        genome=lambda w: [
            f"{RESULTS}/genome/{assembly}/{file}"
            for assembly in [DE_APPLY[w.application].assembly]
            for file in ("genes.tsv", "chrom.sizes", "genome.fa.fai")
            if assembly
        ],
        loops=lambda w: [
            f"{RESULTS}/loops/cells/{cell}.tsv.gz"
            for cell in [DE_APPLY[w.application].cell]
            if cell
        ],
    output:
        data=f"{RESULTS}/apply/{{application}}/input.npz",
    log:
        f"{LOGS}/deepexpression/prepare_deepexpression_application/{{application}}.log",
    benchmark:
        f"{BENCH}/deepexpression/prepare_deepexpression_application/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(DE_APPLY),
    conda:
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        bundle=lambda w: str(DE_APPLY[w.application].bundle.folder),
        where=lambda w: f"apply.{w.application}",
    script:
        "../../workflow_scripts/deepexpression/apply/prepare_application.py"


rule apply_deepexpression:
    input:
        code=code("deepexpression/apply/apply_deepexpression.py"),
        model=lambda w: DE_APPLY[w.application].bundle.files,
        data=f"{RESULTS}/apply/{{application}}/input.npz",
    output:
        genes=f"{RESULTS}/apply/{{application}}/genes.tsv.gz",
    log:
        f"{LOGS}/deepexpression/apply_deepexpression/{{application}}.log",
    benchmark:
        f"{BENCH}/deepexpression/apply_deepexpression/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(DE_APPLY),
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DE_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(6000),
        runtime=240,
    params:
        bundle=lambda w: str(DE_APPLY[w.application].bundle.folder),
        where=lambda w: f"apply.{w.application}",
    script:
        "../../workflow_scripts/deepexpression/apply/apply_deepexpression.py"


rule write_deepexpression_used_loops:
    input:
        code=code("deepexpression/apply/write_used_loops.py"),
        data=f"{RESULTS}/apply/{{application}}/input.npz",
        chrom_sizes=lambda w: f"{RESULTS}/genome/{DE_APPLY[w.application].assembly}/chrom.sizes",
    output:
        bedpe=f"{RESULTS}/apply/{{application}}/loops.bedpe",
    log:
        f"{LOGS}/deepexpression/write_deepexpression_used_loops/{{application}}.log",
    benchmark:
        f"{BENCH}/deepexpression/write_deepexpression_used_loops/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(DE_APPLY),
    conda:
        "../../envs/signal.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=20,
    params:
        orient_by_strand=lambda w: DE_APPLY[w.application].bundle.inputs["hichip"][
            "orient_by_strand"
        ],
    script:
        "../../workflow_scripts/deepexpression/apply/write_used_loops.py"
