"""Baselines beside the networks of Singh 2016."""
