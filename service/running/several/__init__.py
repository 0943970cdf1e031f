"""What the workers of a server share: who sweeps, and who takes the next connection."""
