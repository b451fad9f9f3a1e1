"""The command line: data on stdout, words on stderr, an exit code that says what happened."""
