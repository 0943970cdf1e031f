"""What clients see of errors: the answer, its types, and a page for each type."""
