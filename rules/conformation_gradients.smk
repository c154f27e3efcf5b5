"""Conformation: sensitivities of the networks, and in-silico edits."""
