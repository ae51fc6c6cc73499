"""Measures of equity on counts: rates, expected numbers, ratios, shrinkage, funnels."""
