"""Conformation: scores, tables and figures."""
