"""A step's code found, identified and packed into the archive that its job starts from."""
