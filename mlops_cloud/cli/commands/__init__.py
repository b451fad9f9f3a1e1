"""One module a noun; each holds `command` and imports nothing but click until it runs."""
