"""Prediction, metrics and significance tests of Kriukov 2021."""
