"""A cloud for tests: ids of its own making, asynchronous changes, no tags; and a provider for it."""
