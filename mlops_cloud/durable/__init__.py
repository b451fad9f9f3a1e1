"""What must survive a crash: files, locks, SQLite, digests."""
