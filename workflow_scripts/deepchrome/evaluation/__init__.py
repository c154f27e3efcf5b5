"""Predictions, metrics, tests, and the study of the label order."""
