"""The kit: one class a family, to be subclassed in a provider's tests with a `provider` fixture of its own.

Their names do not start with Test, so that only the subclasses are collected.
"""
