"""Conformation: models of pairs of bins, and baselines on pair features."""
