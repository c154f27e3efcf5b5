"""Prediction, metrics and significance for Farré 2018."""
