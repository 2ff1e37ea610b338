"""How messages come in and replies go out. A channel verifies, limits and pseudonymises; it decides nothing."""
