"""Figures of the reads, and a rule for every figure that `add_figure` registered."""

add_figure(
    "reads/mapping",
    "Mapping: reads by fate",
    script="report/plot_mapping.py",
    inputs=dict(mapping=f"{RESULTS}/align/mapping.tsv"),
    shown=bool(ALIGNED_SAMPLES),
)

add_figure(
    "reads/profile",
    "TSS profile: mean signal by bin",
    script="report/plot_profile.py",
    inputs=dict(profiles=f"{RESULTS}/signal/profiles.tsv"),
    shown=bool(TSS_SAMPLES),
)

add_figure(
    "reads/contacts",
    "Contacts: pairs by fate",
    script="contacts/plot_contacts.py",
    inputs=dict(quality=f"{CONTACTS}/quality.tsv"),
    shown=bool(CONTACT_SAMPLES),
)

add_figure(
    "reads/scaling",
    "P(s): contacts by distance",
    script="contacts/plot_scaling.py",
    inputs=dict(scaling=f"{CONTACTS}/scaling.tsv", quality=f"{CONTACTS}/quality.tsv"),
    shown=bool(CONTACT_SAMPLES),
)


for figure in FIGURES:

    rule:
        name:
            f"plot_{figure.section}_{figure.name}"
        input:
            **figure.inputs,
            code=sorted({*code(figure.script), *code(FIGURE_RUNNER)}),
        output:
            svg=report(
                f"{figure.path}.svg",
                caption=f"../resources/captions/{figure.section}/{figure.name}.rst",
                category=figure.category,
                labels={**figure.labels, "form": "figure"},
            ),
            png=f"{figure.path}.png",
            tsv=report(
                f"{figure.path}.tsv",
                caption=f"../resources/captions/{figure.section}/{figure.name}.rst",
                category=figure.category,
                labels={**figure.labels, "form": "table"},
            ),
        log:
            f"{LOGS}/{figure.section}/plot_{figure.section}_{figure.name}.log",
        benchmark:
            f"{BENCH}/{figure.section}/plot_{figure.section}_{figure.name}.tsv"
        conda:
            f"../envs/{figure.env}.yaml"
        resources:
            mem_mb=mem_per_attempt(figure.mem_mb),
            runtime=10,
        params:
            **figure.params,
            figure=figure.script,
        script:
            # one for all: Snakemake reads a script's path when the job runs, after the loop's end
            f"../workflow_scripts/{FIGURE_RUNNER}"


rule figures:
    input:
        figures_of("reads", *config["papers"]),
