"""Prediction, metrics and significance for Zeng 2018."""
