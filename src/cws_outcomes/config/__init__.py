"""Read a study's YAML files into typed, frozen settings; report every slip at once."""
