"""DeepExpression: motifs of the first layer, their likeness to JASPAR's, and the motifs' scores."""

from workflow_scripts.deepexpression.config.motif_plan import (
    MODELS as DE_MOTIF_MODELS,
    check_folds,
    chosen,
    enhancer_peaks,
    motif_sets,
)

DE_MOTIFS = DE_CONFIG["motifs"]
DE_ENHANCERS = DE_CONFIG["enhancer_motifs"]
DE_MOTIF_CELLS, DE_MOTIF_SETS, DE_ENHANCER_CELLS = [], [], []

if "deepexpression" in config["papers"]:
    try:
        where = f"{CONFIG_FILE}: deepexpression"
        DE_MOTIF_CELLS = chosen(DE_MOTIFS["cells"], DE_CELLS, f"{where}.motifs.cells")
        DE_ENHANCER_CELLS = chosen(
            DE_ENHANCERS["cells"],
            [cell for cell in DE_HICHIP if genes_of(next(iter(samples_with(cell=cell))))],
            f"{where}.enhancer_motifs.cells",
        )
        check_folds(DE_MOTIFS["folds"], DE_SPLITS[0], f"{where}.motifs.folds")
        DE_MOTIF_SETS = motif_sets(
            DE_MOTIF_CELLS,
            chosen(DE_MOTIFS["tasks"], DE_TASKS, f"{where}.motifs.tasks"),
            DE_MOTIFS["controls"],
            DE_MOTIF_SHUFFLED,
        )
    except UserError as error:
        fail(error)

DE_ENHANCER_KINDS = ["found", "control"] if DE_ENHANCERS["control"] else ["found"]
DE_SEARCH = {key: DE_MOTIFS[key] for key in ("releases", "taxon", "cutoff", "named")}

if "deepexpression" in config["papers"]:
    DE_SCORES.append(f"{DE}/motifs/scores.tsv")
    # motifs of the world are judged by those planted
    if DE_ASSEMBLY and config["assemblies"][DE_ASSEMBLY]["fasta"].startswith(WORLD):
        STAGE_TARGETS.append(f"{DE}/motifs/demo_truth.tsv")


# All sets in one job: reading a set takes less than starting Keras
rule extract_promoter_motifs:
    input:
        code=code("deepexpression/motifs/extract_promoter_motifs.py"),
        models=[
            f"{DE}/models/{cell}/{task}.{DE_SPLITS[0]}.{DE_MOTIF_MODELS[kind]}.seed{DE_SEEDS[0]}"
            for cell, task, kind in DE_MOTIF_SETS
        ],
        datasets=[f"{DE}/data/{cell}.npz" for cell, _, _ in DE_MOTIF_SETS],
        folds=f"{DE}/folds/{DE_SPLITS[0]}.tsv.gz",
    output:
        memes=[f"{DE}/motifs/promoters/{'.'.join(names)}.meme" for names in DE_MOTIF_SETS],
        tables=[f"{DE}/motifs/promoters/{'.'.join(names)}.tsv" for names in DE_MOTIF_SETS],
    log:
        f"{LOGS}/deepexpression/extract_promoter_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/extract_promoter_motifs.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        sets=DE_MOTIF_SETS,
        chosen=DE_MOTIFS["folds"],
        genes=DE_MOTIFS["genes"],
        most=DE_MOTIFS["most"],
        alpha=DE_MOTIFS["alpha"],
        pseudocount=DE_MOTIFS["pseudocount"],
        least_sites=DE_MOTIFS["least_sites"],
    script:
        "../../workflow_scripts/deepexpression/motifs/extract_promoter_motifs.py"


rule compile_tomtom:
    input:
        code=code("deepexpression/motifs/compile_tomtom.py"),
    output:
        done=touch(f"{DE}/motifs/tomtom.ready"),
    log:
        f"{LOGS}/deepexpression/compile_tomtom.log",
    benchmark:
        f"{BENCH}/deepexpression/compile_tomtom.tsv"
    conda:
        "../../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=30,
    script:
        "../../workflow_scripts/deepexpression/motifs/compile_tomtom.py"


rule match_motifs:
    input:
        code=code("deepexpression/motifs/match_motifs.py"),
        ready=rules.compile_tomtom.output.done,
        memes=rules.extract_promoter_motifs.output.memes,
    output:
        matches=f"{DE}/motifs/promoters/matches.tsv",
        summary=f"{DE}/motifs/promoters/summary.tsv",
        logos=f"{DE}/motifs/promoters/logos.tsv",
    log:
        f"{LOGS}/deepexpression/match_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/match_motifs.tsv"
    conda:
        "../../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        **DE_SEARCH,
        sets=["/".join(names) for names in DE_MOTIF_SETS],
    script:
        "../../workflow_scripts/deepexpression/motifs/match_motifs.py"


rule score_motifs:
    input:
        code=code("deepexpression/motifs/score_motifs.py"),
        promoters=f"{DE}/motifs/promoters/summary.tsv",
        enhancers=f"{DE}/motifs/enhancers/summary.tsv" if DE_ENHANCER_CELLS else [],
    output:
        scores=f"{DE}/motifs/scores.tsv",
    log:
        f"{LOGS}/deepexpression/score_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/score_motifs.tsv"
    conda:
        "../../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=10,
    params:
        seed=DE_SEEDS[0],
    script:
        "../../workflow_scripts/deepexpression/motifs/score_motifs.py"


rule check_demo_motifs:
    input:
        code=code("deepexpression/motifs/check_demo_motifs.py"),
        activity=f"{WORLD}/truth/activity.tsv",
        promoters=f"{DE}/motifs/promoters/matches.tsv",
        enhancers=f"{DE}/motifs/enhancers/matches.tsv" if DE_ENHANCER_CELLS else [],
    output:
        table=f"{DE}/motifs/demo_truth.tsv",
    log:
        f"{LOGS}/deepexpression/check_demo_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/check_demo_motifs.tsv"
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=10,
    params:
        cutoff=DE_MOTIFS["cutoff"],
    script:
        "../../workflow_scripts/deepexpression/motifs/check_demo_motifs.py"
