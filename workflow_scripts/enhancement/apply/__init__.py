"""Trained models of Kriukov 2021 on new data."""
