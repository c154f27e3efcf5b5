"""Datasets: marks by gene and bin, labels and splits."""
