"""First stage: type and rename the delivered files, and nothing else."""
