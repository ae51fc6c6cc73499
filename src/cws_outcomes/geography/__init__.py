"""Local authorities through time: codes, names, reorganisations, regions."""
