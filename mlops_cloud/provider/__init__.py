"""The seam: what a provider writes. Few primitives, a key with every create, nothing waits, status is read back."""
