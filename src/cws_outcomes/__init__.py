"""Intervention timing and equity across local authorities in linked education, care and justice records."""
