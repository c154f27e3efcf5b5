"""Baselines beside the networks of Farré 2018."""
