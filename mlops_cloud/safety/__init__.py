"""One safe way for each kind of hostile input: YAML, names, archives, untrusted text."""
