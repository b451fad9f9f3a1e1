"""The supervisor process: standard library only, few modules, runnable by path under `python -I -S`."""
