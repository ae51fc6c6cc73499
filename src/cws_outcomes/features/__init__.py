"""Fifth stage: timing of contact before, and outcomes after, the index date."""
