"""How the simulated engine works behind its vLLM-shaped front."""
