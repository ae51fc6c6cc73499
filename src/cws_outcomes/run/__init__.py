"""Running a whole study: one process after another, or through Snakemake, and never two at once."""
