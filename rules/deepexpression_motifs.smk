"""DeepExpression: motifs of the first layer and of enhancers, and their likeness to JASPAR's."""

from workflow_scripts.deepexpression.motif_plan import (
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
        refuse(error)

DE_ENHANCER_KINDS = ["found", "control"] if DE_ENHANCERS["control"] else ["found"]
DE_SEARCH = {key: DE_MOTIFS[key] for key in ("releases", "taxon", "cutoff")}
DE_MOTIF_FIGURES = ["fig8", "fig9"] if DE_ENHANCER_CELLS else ["fig8"]

if "deepexpression" in config["papers"]:
    DE_SCORES.append(f"{DE}/motifs/scores.tsv")
    PAPERS["deepexpression"].figures += figure_files(DE, DE_MOTIF_FIGURES)
    # motifs of the world are judged by those planted
    if DE_ASSEMBLY and config["assemblies"][DE_ASSEMBLY]["fasta"].startswith(WORLD):
        STAGE_TARGETS.append(f"{DE}/motifs/demo_truth.tsv")


rule extract_promoter_motifs:
    input:
        code=code("deepexpression/extract_promoter_motifs.py"),
        models=lambda w: (
            f"{DE}/models/{w.cell}/{w.task}.{DE_SPLITS[0]}.{DE_MOTIF_MODELS[w.kind]}"
            f".seed{DE_SEEDS[0]}"
        ),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{DE_SPLITS[0]}.tsv.gz",
    output:
        meme=f"{DE}/motifs/promoters/{{cell}}.{{task}}.{{kind}}.meme",
        table=f"{DE}/motifs/promoters/{{cell}}.{{task}}.{{kind}}.tsv",
    log:
        f"{LOGS}/deepexpression/extract_promoter_motifs/{{cell}}.{{task}}.{{kind}}.log",
    benchmark:
        f"{BENCH}/deepexpression/extract_promoter_motifs/{{cell}}.{{task}}.{{kind}}.tsv"
    wildcard_constraints:
        task=one_of(DE_TASKS),
        kind=one_of(DE_MOTIF_MODELS),
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        chosen=DE_MOTIFS["folds"],
        genes=DE_MOTIFS["genes"],
        most=DE_MOTIFS["most"],
        untrained=lambda w: w.kind == "untrained",
        alpha=DE_MOTIFS["alpha"],
        pseudocount=DE_MOTIFS["pseudocount"],
        least_sites=DE_MOTIFS["least_sites"],
    script:
        "../workflow_scripts/deepexpression/extract_promoter_motifs.py"


rule compile_tomtom:
    input:
        code=code("deepexpression/compile_tomtom.py"),
    output:
        done=touch(f"{DE}/motifs/tomtom.ready"),
    log:
        f"{LOGS}/deepexpression/compile_tomtom.log",
    benchmark:
        f"{BENCH}/deepexpression/compile_tomtom.tsv"
    conda:
        "../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    script:
        "../workflow_scripts/deepexpression/compile_tomtom.py"


rule match_motifs:
    input:
        code=code("deepexpression/match_motifs.py"),
        ready=rules.compile_tomtom.output.done,
        memes=[f"{DE}/motifs/promoters/{'.'.join(names)}.meme" for names in DE_MOTIF_SETS],
    output:
        matches=f"{DE}/motifs/promoters/matches.tsv",
        summary=f"{DE}/motifs/promoters/summary.tsv",
        logos=f"{DE}/motifs/promoters/logos.tsv",
    log:
        f"{LOGS}/deepexpression/match_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/match_motifs.tsv"
    conda:
        "../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        **DE_SEARCH,
        sets=["/".join(names) for names in DE_MOTIF_SETS],
    script:
        "../workflow_scripts/deepexpression/match_motifs.py"


rule list_enhancers:
    input:
        code=code("deepexpression/list_enhancers.py"),
        loops=f"{RESULTS}/loops/cells/{{cell}}.tsv.gz",
        peaks=lambda w: [
            f"{RESULTS}/tracks/peaks/{s}.bed"
            for s in enhancer_peaks(SAMPLES, PEAK_SAMPLES, w.cell, DE_ENHANCERS["peaks"])
        ],
        genes=f"{DE_GENOME}/genes.tsv",
        fasta=f"{DE_GENOME}/genome.fa",
        index=f"{DE_GENOME}/genome.fa.fai",
    output:
        sequences=f"{DE}/motifs/enhancers/{{cell}}.fa.gz",
    log:
        f"{LOGS}/deepexpression/list_enhancers/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepexpression/list_enhancers/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_ENHANCER_CELLS),
    conda:
        "../envs/contacts.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        cell=lambda w: w.cell,
        join=DE_ENHANCERS["join"],
        width=DE_ENHANCERS["width"],
        promoter=DE_ENHANCERS["promoter"],
        most=DE_ENHANCERS["most"],
    script:
        "../workflow_scripts/deepexpression/list_enhancers.py"


rule find_enhancer_motifs:
    input:
        code=code("deepexpression/find_enhancer_motifs.py"),
        sequences=f"{DE}/motifs/enhancers/{{cell}}.fa.gz",
    output:
        meme=f"{DE}/motifs/enhancers/{{cell}}.{{kind}}.meme",
        sites=f"{DE}/motifs/enhancers/{{cell}}.{{kind}}.sites.tsv.gz",
        history=f"{DE}/motifs/enhancers/{{cell}}.{{kind}}.history.tsv.gz",
    log:
        f"{LOGS}/deepexpression/find_enhancer_motifs/{{cell}}.{{kind}}.log",
    benchmark:
        f"{BENCH}/deepexpression/find_enhancer_motifs/{{cell}}.{{kind}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_ENHANCER_CELLS),
        kind="found|control",
    conda:
        "../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=240,
    params:
        settings={
            key: value
            for key, value in DE_ENHANCERS.items()
            if key not in ("cells", "peaks", "join", "width", "promoter", "most", "control")
        },
        control=lambda w: w.kind == "control",
        seed=config["seed"],
        pseudocount=DE_MOTIFS["pseudocount"],
        checkpoints=lambda w: f"{DE}/checkpoints/enhancer_motifs/{w.cell}.{w.kind}",
    script:
        "../workflow_scripts/deepexpression/find_enhancer_motifs.py"


use rule match_motifs as match_enhancer_motifs with:
    input:
        code=code("deepexpression/match_motifs.py"),
        ready=rules.compile_tomtom.output.done,
        memes=[
            f"{DE}/motifs/enhancers/{cell}.{kind}.meme"
            for cell in DE_ENHANCER_CELLS
            for kind in DE_ENHANCER_KINDS
        ],
    output:
        matches=f"{DE}/motifs/enhancers/matches.tsv",
        summary=f"{DE}/motifs/enhancers/summary.tsv",
        logos=f"{DE}/motifs/enhancers/logos.tsv",
    log:
        f"{LOGS}/deepexpression/match_enhancer_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/match_enhancer_motifs.tsv"
    params:
        **DE_SEARCH,
        sets=[f"{cell}/{kind}" for cell in DE_ENHANCER_CELLS for kind in DE_ENHANCER_KINDS],


rule score_motifs:
    input:
        code=code("deepexpression/score_motifs.py"),
        promoters=f"{DE}/motifs/promoters/summary.tsv",
        enhancers=f"{DE}/motifs/enhancers/summary.tsv" if DE_ENHANCER_CELLS else [],
    output:
        scores=f"{DE}/motifs/scores.tsv",
    log:
        f"{LOGS}/deepexpression/score_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/score_motifs.tsv"
    conda:
        "../envs/train.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        seed=DE_SEEDS[0],
    script:
        "../workflow_scripts/deepexpression/score_motifs.py"


rule check_demo_motifs:
    input:
        code=code("deepexpression/check_demo_motifs.py"),
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
        "../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        cutoff=DE_MOTIFS["cutoff"],
    script:
        "../workflow_scripts/deepexpression/check_demo_motifs.py"


rule plot_deepexpression_fig8:
    input:
        code=code("deepexpression/plot_deepexpression_fig8.py"),
        logos=f"{DE}/motifs/promoters/logos.tsv",
    output:
        svg=report(
            f"{DE}/figures/fig8.svg",
            caption="../resources/captions/deepexpression_fig8.rst",
            category="DeepExpression",
            labels={
                "item": "Figure 8",
                "what": "promoter motifs and their matches",
                "form": "figure",
            },
        ),
        png=f"{DE}/figures/fig8.png",
        tsv=report(
            f"{DE}/figures/fig8.tsv",
            caption="../resources/captions/deepexpression_fig8.rst",
            category="DeepExpression",
            labels={
                "item": "Figure 8",
                "what": "promoter motifs and their matches",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepexpression/plot_fig8.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_fig8.tsv"
    conda:
        "../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        cells=DE_MOTIF_CELLS[:4],
        most=DE_MOTIFS["drawn"],
        cutoff=DE_MOTIFS["cutoff"],
    script:
        "../workflow_scripts/deepexpression/plot_deepexpression_fig8.py"


rule plot_deepexpression_fig9:
    input:
        code=code("deepexpression/plot_deepexpression_fig9.py"),
        logos=f"{DE}/motifs/enhancers/logos.tsv",
    output:
        svg=report(
            f"{DE}/figures/fig9.svg",
            caption="../resources/captions/deepexpression_fig9.rst",
            category="DeepExpression",
            labels={
                "item": "Figure 9",
                "what": "enhancer motifs and their matches",
                "form": "figure",
            },
        ),
        png=f"{DE}/figures/fig9.png",
        tsv=report(
            f"{DE}/figures/fig9.tsv",
            caption="../resources/captions/deepexpression_fig9.rst",
            category="DeepExpression",
            labels={
                "item": "Figure 9",
                "what": "enhancer motifs and their matches",
                "form": "table",
            },
        ),
    log:
        f"{LOGS}/deepexpression/plot_fig9.log",
    benchmark:
        f"{BENCH}/deepexpression/plot_fig9.tsv"
    conda:
        "../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        cells=DE_ENHANCER_CELLS[:4],
        most=DE_ENHANCERS["motifs"],
        cutoff=DE_MOTIFS["cutoff"],
    script:
        "../workflow_scripts/deepexpression/plot_deepexpression_fig9.py"
