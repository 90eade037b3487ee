"""What the names of a text mean: declarations, definitions, conventions, constraints."""
