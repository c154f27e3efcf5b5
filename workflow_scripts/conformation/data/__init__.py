"""Datasets of Farré 2018: building, windows, splits."""
