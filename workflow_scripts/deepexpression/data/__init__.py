"""Datasets of Zeng 2018: building, windows, splits."""
