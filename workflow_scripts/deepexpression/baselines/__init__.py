"""Baselines beside the networks of Zeng 2018."""
