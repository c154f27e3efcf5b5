"""Simulation of the organism from settings and a seed."""

from workflow_scripts.demo.world import elements, expression, genes, genome, loops, regulation
from workflow_scripts.demo.world.domains import make_domains, make_isochores
from workflow_scripts.demo.world.motifs import load_motifs, strengthen
from workflow_scripts.demo.world.randomness import stream
from workflow_scripts.demo.world.targets import role_table
from workflow_scripts.demo.world.world import World


def build_world(settings: dict, seed: int) -> World:
    """Simulate the world of the config's section `demo` (demo.schema.yaml)."""
    chromosomes, cells = settings["chromosomes"], settings["cells"]
    motifs = strengthen(load_motifs(), settings["expression"]["min_weight"])

    isochores = make_isochores(chromosomes, settings["genome"], seed)
    domains = make_domains(chromosomes, isochores, settings["domains"], cells, seed)
    gene = genes.make_genes(domains, settings["genes"], settings["genome"]["island_fraction"], seed)
    transcripts = genes.make_transcripts(gene, seed)
    sites = elements.promoter_sites(gene, motifs, settings["expression"]["promoter_sites"], seed)
    enhancers = elements.make_enhancers(
        chromosomes, domains, gene, transcripts, settings["enhancers"], seed
    )
    enhancer_sites = elements.enhancer_sites(enhancers, motifs, seed)
    insulators = elements.make_insulators(domains, motifs, seed)

    sequences = genome.make_background(
        chromosomes, isochores, domains, gene, settings["genome"], seed
    )
    reserved = genome.reserved_places(chromosomes, gene, transcripts, enhancers, insulators)
    repeats = genome.insert_repeats(sequences, reserved, settings["genome"], seed)
    for name, table in (("promoter", sites), ("enhancer", enhancer_sites), ("CTCF", insulators)):
        rng = stream(seed, "motif instances", name)
        table["score"] = genome.write_sites(sequences, table, motifs, rng)

    activity = regulation.factor_activity(motifs, cells, seed)
    gene = gene.join(
        regulation.promoter_states(
            gene, domains, sites, activity, settings["expression"], cells, seed
        )
    )
    enhancers = enhancers.join(
        regulation.enhancer_activity(enhancers, domains, enhancer_sites, activity, cells, seed)
    )
    insulators = insulators.join(loops.insulator_occupancy(insulators, cells, seed))
    loop = loops.make_loops(enhancers, gene, insulators, seed)
    loop = loop.join(loops.loop_strengths(loop, enhancers, cells, seed))
    levels = expression.express(
        gene, sites, activity, loop, enhancers, settings["expression"], cells, seed
    )
    isoforms = expression.isoform_table(transcripts, levels, cells, seed)
    return World(sequences, isochores, domains, gene, transcripts, sites, enhancers, enhancer_sites,
                 insulators, loop, repeats, activity, levels, isoforms, role_table())  # fmt: skip
