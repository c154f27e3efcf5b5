"""Genomes, genes, bins and contact maps."""
