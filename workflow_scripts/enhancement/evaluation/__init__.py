"""Prediction, metrics and significance for Kriukov 2021."""
