"""Datasets of Singh 2016: building, windows, splits."""
