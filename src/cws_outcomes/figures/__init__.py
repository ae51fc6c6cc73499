"""Eighth stage: draw releasable results as figures, each with its data."""
