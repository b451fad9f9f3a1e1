"""Profiles: which provider, with which settings, and where each of them came from."""
