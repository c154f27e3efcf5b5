"""DeepExpression: networks in two stages, their predictions in a cell and across cells."""

from workflow_scripts.deepexpression.config.motif_plan import chosen as chosen_cells
from workflow_scripts.deepexpression.config.network_plan import plan_cross, plan_networks
from workflow_scripts.deepexpression.config.presets import preset_settings as expression_preset

try:
    DE_NETWORKS = plan_networks(
        DE_CONFIG if DE_CELLS else {**DE_CONFIG, "windows": []},
        config["loops"]["resolution"],
        f"{CONFIG_FILE}: deepexpression",
    )
    DE_PRESET = expression_preset(
        DE_CONFIG["preset"],
        **{key: DE_CONFIG[key] for key in ("network", "training", "finetune")},
        where=f"{CONFIG_FILE}: deepexpression",
    )
    DE_SHUFFLED_CELLS = (
        chosen_cells(
            DE_CONFIG["shuffled_cells"], DE_CELLS, f"{CONFIG_FILE}: deepexpression.shuffled_cells"
        )
        if DE_CELLS
        else []
    )
except UserError as error:
    fail(error)

# models of each cell that have predictions, with their seeds
DE_CELL_MODELS = {
    cell: DE_NETWORKS.of_cell(plan, shuffled=cell in DE_SHUFFLED_CELLS)
    for cell, plan in DE_CELLS.items()
}
DE_SEQUENCE_CELLS = [cell for cell, plan in DE_CELLS.items() if not plan.hichip]
# task, model and cells of each table of predictions across cells
DE_CROSS = plan_cross(DE_CELLS, DE_TASKS)
# task and model, in the order of the rules' files below
DE_STAGE_TWO_PAIRS = [(t, m) for t in DE_TASKS for m in DE_NETWORKS.stage_two]
DE_TRAINED_PAIRS = [(t, m) for t in DE_TASKS for m in ["seq", *DE_NETWORKS.stage_two]]
DE_PREDICTED_PAIRS = [(t, m) for t in DE_TASKS for m in DE_NETWORKS.predicted]
DE_CONTROL_PAIRS = [(t, f"{m}_shuffled") for t in DE_TASKS for m in ("seq", "full")]
DE_SEQUENCE_PAIRS = [(t, "seq") for t in DE_TASKS]
DE_SEQUENCE_CONTROL_PAIRS = [(t, "seq_shuffled") for t in DE_TASKS]
DE_FOLDER = f"{DE}/models/{{{{cell}}}}/{{task}}.{{{{split}}}}.{{model}}.seed{{{{seed}}}}"
DE_PREDICTION = (
    f"{DE}/predictions/{{{{cell}}}}/{{task}}.{{{{split}}}}.{{model}}.seed{{{{seed}}}}.tsv.gz"
)


rule train_promoter_network:
    input:
        code=code("deepexpression/training/train_promoter_network.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{split}}.tsv.gz",
    output:
        models=[
            directory(f"{DE}/models/{{cell}}/{task}.{{split}}.seq{{control}}.seed{{seed}}")
            for task in DE_TASKS
        ],
    log:
        f"{LOGS}/deepexpression/train_promoter_network/{{cell}}.{{split}}.seq{{control}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/train_promoter_network/{{cell}}.{{split}}.seq{{control}}.seed{{seed}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_CELLS),
        split=one_of(DE_SPLITS),
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
        # not an output: Snakemake would remove it when a job is killed, and resuming needs it
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{DE}/checkpoints/{{cell}}/{{split}}.seq{{control}}.seed{{seed}}",
    script:
        "../../workflow_scripts/deepexpression/training/train_promoter_network.py"


rule train_expression_network:
    input:
        code=code("deepexpression/training/train_expression_network.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{split}}.tsv.gz",
        promoter_models=[DE_FOLDER.format(task=t, model="seq") for t in DE_TASKS],
    output:
        models=[
            directory(DE_FOLDER.format(task=task, model=model))
            for task, model in DE_STAGE_TWO_PAIRS
        ],
    log:
        f"{LOGS}/deepexpression/train_expression_network/{{cell}}.{{split}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/train_expression_network/{{cell}}.{{split}}.seed{{seed}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_HICHIP),
        split=one_of(DE_SPLITS),
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
        checkpoints=f"{DE}/checkpoints/{{cell}}/{{split}}.full.seed{{seed}}",
    script:
        "../../workflow_scripts/deepexpression/training/train_expression_network.py"


use rule train_expression_network as train_shuffled_expression_network with:
    input:
        code=code("deepexpression/training/train_expression_network.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{split}}.tsv.gz",
        promoter_models=[DE_FOLDER.format(task=t, model="seq_shuffled") for t in DE_TASKS],
    output:
        models=[directory(DE_FOLDER.format(task=t, model="full_shuffled")) for t in DE_TASKS],
    log:
        f"{LOGS}/deepexpression/train_shuffled_expression_network/{{cell}}.{{split}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/train_shuffled_expression_network/{{cell}}.{{split}}.seed{{seed}}.tsv"
    params:
        tasks=DE_TASKS,
        models=[(task, "full") for task in DE_TASKS],
        network=DE_PRESET["network"],
        training=DE_PRESET["finetune"],
        shuffled=True,
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{DE}/checkpoints/{{cell}}/{{split}}.full_shuffled.seed{{seed}}",


rule predict_deepexpression:
    input:
        code=code("deepexpression/evaluation/predict_deepexpression.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{split}}.tsv.gz",
        models=[DE_FOLDER.format(task=t, model=m) for t, m in DE_TRAINED_PAIRS],
    output:
        predictions=[DE_PREDICTION.format(task=t, model=m) for t, m in DE_PREDICTED_PAIRS],
    log:
        f"{LOGS}/deepexpression/predict_deepexpression/{{cell}}.{{split}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/predict_deepexpression/{{cell}}.{{split}}.seed{{seed}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_HICHIP),
        split=one_of(DE_SPLITS),
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DE_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(6000),
        runtime=240,
    params:
        trained=DE_TRAINED_PAIRS,
        predicted=DE_PREDICTED_PAIRS,
        shuffled=False,
    script:
        "../../workflow_scripts/deepexpression/evaluation/predict_deepexpression.py"


use rule predict_deepexpression as predict_shuffled_deepexpression with:
    input:
        code=code("deepexpression/evaluation/predict_deepexpression.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{split}}.tsv.gz",
        models=[DE_FOLDER.format(task=t, model=m) for t, m in DE_CONTROL_PAIRS],
    output:
        predictions=[DE_PREDICTION.format(task=t, model=m) for t, m in DE_CONTROL_PAIRS],
    log:
        f"{LOGS}/deepexpression/predict_shuffled_deepexpression/{{cell}}.{{split}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/predict_shuffled_deepexpression/{{cell}}.{{split}}.seed{{seed}}.tsv"
    params:
        trained=DE_CONTROL_PAIRS,
        predicted=DE_CONTROL_PAIRS,
        shuffled=True,


use rule predict_deepexpression as predict_promoter_networks with:
    input:
        code=code("deepexpression/evaluation/predict_deepexpression.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{split}}.tsv.gz",
        models=[DE_FOLDER.format(task=t, model=m) for t, m in DE_SEQUENCE_PAIRS],
    output:
        predictions=[DE_PREDICTION.format(task=t, model=m) for t, m in DE_SEQUENCE_PAIRS],
    log:
        f"{LOGS}/deepexpression/predict_promoter_networks/{{cell}}.{{split}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/predict_promoter_networks/{{cell}}.{{split}}.seed{{seed}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_SEQUENCE_CELLS),
        split=one_of(DE_SPLITS),
    params:
        trained=DE_SEQUENCE_PAIRS,
        predicted=DE_SEQUENCE_PAIRS,
        shuffled=False,


use rule predict_promoter_networks as predict_shuffled_promoter_networks with:
    input:
        code=code("deepexpression/evaluation/predict_deepexpression.py"),
        dataset=f"{DE}/data/{{cell}}.npz",
        folds=f"{DE}/folds/{{split}}.tsv.gz",
        models=[DE_FOLDER.format(task=t, model=m) for t, m in DE_SEQUENCE_CONTROL_PAIRS],
    output:
        predictions=[DE_PREDICTION.format(task=t, model=m) for t, m in DE_SEQUENCE_CONTROL_PAIRS],
    log:
        f"{LOGS}/deepexpression/predict_shuffled_promoter_networks/{{cell}}.{{split}}.seed{{seed}}.log",
    benchmark:
        f"{BENCH}/deepexpression/predict_shuffled_promoter_networks/{{cell}}.{{split}}.seed{{seed}}.tsv"
    params:
        trained=DE_SEQUENCE_CONTROL_PAIRS,
        predicted=DE_SEQUENCE_CONTROL_PAIRS,
        shuffled=True,


if DE_CROSS:

    rule predict_across_cells:
        input:
            code=code("deepexpression/evaluation/predict_across_cells.py"),
            datasets=[f"{DE}/data/{cell}.npz" for cell in DE_CELLS],
            folds=f"{DE}/folds/{{split}}.tsv.gz",
            models=[
                f"{DE}/models/{cell}/{task}.{{split}}.{model}.seed{{seed}}"
                for task, model, cells in DE_CROSS
                for cell in cells
            ],
        output:
            predictions=[
                f"{DE}/cross/{task}.{{split}}.{model}.seed{{seed}}.tsv.gz"
                for task, model, _ in DE_CROSS
            ],
        log:
            f"{LOGS}/deepexpression/predict_across_cells/{{split}}.seed{{seed}}.log",
        benchmark:
            f"{BENCH}/deepexpression/predict_across_cells/{{split}}.seed{{seed}}.tsv"
        wildcard_constraints:
            split=one_of(DE_SPLITS),
        conda:
            f"../../envs/train{BUILD}.yaml"
        threads: DE_CONFIG["threads"]
        resources:
            gpu=GPU,
            mem_mb=mem_per_attempt(8000),
            runtime=480,
        params:
            cells=list(DE_CELLS),
            models=DE_CROSS,
        script:
            "../../workflow_scripts/deepexpression/evaluation/predict_across_cells.py"
