"""Intervention timing and equity across local authorities, in linked records."""
