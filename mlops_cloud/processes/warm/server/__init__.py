"""What runs in a warm server and in the processes it makes: the standard library alone, in the job's interpreter."""
