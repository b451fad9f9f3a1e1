"""What we remember: the journal of intentions on this computer, and the records everybody shares."""
