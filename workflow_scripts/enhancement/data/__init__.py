"""Datasets of Kriukov 2021: building, windows, splits."""
