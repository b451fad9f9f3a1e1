"""Everything statistical about tables and models, as plain JSON-able data; it travels into containers.

The table half (`tables`, `splitting`, `expectations`) is standard library for CSV and duckdb for Parquet, since it runs
in the command line's own process. The model half (`evaluate` and what it calls) needs numpy and the model's libraries.
"""
