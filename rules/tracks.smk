"""Peaks, and signal in the bins of a contact map."""
