"""Interpreters that have their libraries loaded already, and give a copy of themselves to each job (Linux only)."""
