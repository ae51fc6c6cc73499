"""Make a delivery in the shapes of a real one, visibly fake, with its truth beside it."""
