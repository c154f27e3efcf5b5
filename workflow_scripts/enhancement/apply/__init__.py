"""Trained models of Kriukov 2021 on maps of the user."""
