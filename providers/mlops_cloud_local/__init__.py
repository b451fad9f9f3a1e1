"""This computer as a provider: content-addressed files, one SQLite database, supervised processes."""
