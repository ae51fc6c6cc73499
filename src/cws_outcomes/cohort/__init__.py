"""Fourth stage: who is studied, from which index date, and the cut of histories there."""
