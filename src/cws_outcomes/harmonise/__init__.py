"""Second stage: one person spine, one set of codes, one geography."""
