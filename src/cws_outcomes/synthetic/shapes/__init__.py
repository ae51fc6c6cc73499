"""The shapes in which tables are delivered, one module for each family of tables."""
