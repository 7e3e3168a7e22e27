"""Pages of staff accounts."""
