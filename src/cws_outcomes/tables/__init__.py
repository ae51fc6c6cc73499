"""Eighth stage: print releasable results as tables."""
