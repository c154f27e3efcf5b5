"""Prediction, metrics and significance for Singh 2016."""
