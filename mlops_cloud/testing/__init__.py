"""For those who test: the conformance kit of a provider, faults on purpose, and a pytest plugin."""
