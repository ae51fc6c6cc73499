"""Seventh stage: the only way from unchecked results to releasable tables."""
