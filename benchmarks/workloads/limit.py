"""What nobody can go below: a content key a step, looked up or durably recorded in SQLite: DATABASE STEPS.

The cached rerun of a program that only reads the files of a step's definition and looks its key up.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys


def main(database: str, steps: int) -> None:
    """Look every step's key up, and record those that are not known."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS steps (key TEXT PRIMARY KEY, made TEXT) WITHOUT ROWID")
    above = ""
    for number in range(steps):
        definition = json.dumps({"step": number, "after": above})
        above = hashlib.blake2b(definition.encode(), digest_size=16).hexdigest()
        found = connection.execute("SELECT made FROM steps WHERE key = ?", (above,)).fetchone()
        if not found:
            connection.execute("INSERT INTO steps VALUES (?, ?)", (above, definition))
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
