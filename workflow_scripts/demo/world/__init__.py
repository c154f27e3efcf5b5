"""The simulated organism: genome, genes, regulation, chromatin and contacts."""
