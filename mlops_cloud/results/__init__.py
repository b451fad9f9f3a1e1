"""What a provider answers: frozen handles and statuses, standard library only."""
