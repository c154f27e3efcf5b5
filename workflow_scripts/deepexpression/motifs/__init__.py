"""Motifs found in promoters and enhancers (Zeng 2018)."""
