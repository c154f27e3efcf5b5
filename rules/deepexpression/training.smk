"""DeepExpression: promoter networks (stage 1) and networks with HiChIP (stage 2)."""


rule train_deepexpression_promoter:
    input:
        code=code("deepexpression/training/train_promoter.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{scheme}}.tsv.gz",
    output:
        models=[
            directory(f"{DE}/models/{{cell}}/{task}.{{scheme}}.seq{{control}}.seed{{seed}}")
            for task in DE_TASKS
        ],
    log:
        f"{LOGS}/deepexpression/train_deepexpression_promoter/{{cell}}.{{scheme}}.seq{{control}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/train_deepexpression_promoter/{{cell}}.{{scheme}}.seq{{control}}.seed{{seed}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_CELLS),
        scheme=one_of(DE_SCHEMES),
        control="(_shuffled)?",
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DE_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(6000),
        runtime=2880,
    params:
        tasks=DE_TASKS,
        network=DE_PRESET["network"],
        training=DE_PRESET["training"],
        # not an output: Snakemake removes the outputs of a killed job, and resuming needs this
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{DE}/checkpoints/{{cell}}/{{scheme}}.seq{{control}}.seed{{seed}}",
    script:
        "../../workflow_scripts/deepexpression/training/train_promoter.py"


rule train_deepexpression_joint:
    input:
        code=code("deepexpression/training/train_joint.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{scheme}}.tsv.gz",
        promoter_models=[DE_FOLDER.format(task=t, model="seq") for t in DE_TASKS],
    output:
        models=[
            directory(DE_FOLDER.format(task=task, model=model))
            for task, model in DE_STAGE_TWO_PAIRS
        ],
    log:
        f"{LOGS}/deepexpression/train_deepexpression_joint/{{cell}}.{{scheme}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/train_deepexpression_joint/{{cell}}.{{scheme}}.seed{{seed}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_HICHIP),
        scheme=one_of(DE_SCHEMES),
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DE_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(6000),
        runtime=1440,
    params:
        tasks=DE_TASKS,
        models=DE_STAGE_TWO_PAIRS,
        network=DE_PRESET["network"],
        training=DE_PRESET["finetune"],
        shuffled=False,
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{DE}/checkpoints/{{cell}}/{{scheme}}.full.seed{{seed}}",
    script:
        "../../workflow_scripts/deepexpression/training/train_joint.py"


use rule train_deepexpression_joint as train_deepexpression_joint_control with:
    input:
        code=code("deepexpression/training/train_joint.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{scheme}}.tsv.gz",
        promoter_models=[DE_FOLDER.format(task=t, model="seq_shuffled") for t in DE_TASKS],
    output:
        models=[directory(DE_FOLDER.format(task=t, model="full_shuffled")) for t in DE_TASKS],
    log:
        f"{LOGS}/deepexpression/train_deepexpression_joint_control/{{cell}}.{{scheme}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/train_deepexpression_joint_control/{{cell}}.{{scheme}}.seed{{seed}}.tsv"
    params:
        tasks=DE_TASKS,
        models=[(task, "full") for task in DE_TASKS],
        network=DE_PRESET["network"],
        training=DE_PRESET["finetune"],
        shuffled=True,
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{DE}/checkpoints/{{cell}}/{{scheme}}.full_shuffled.seed{{seed}}",
