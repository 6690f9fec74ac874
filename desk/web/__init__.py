"""Pages of the desk, and those that links in letters lead to."""
