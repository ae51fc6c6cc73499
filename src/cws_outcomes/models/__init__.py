"""Sixth stage: fit the models that the study asks for."""
