"""Storage: one contract, two implementations of each."""
