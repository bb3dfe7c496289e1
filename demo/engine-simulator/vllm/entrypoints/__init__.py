"""Programs of the simulated engine."""
