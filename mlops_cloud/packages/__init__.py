"""Python packages: what requirement lines say, what satisfies them, and the tools that solve, fetch and install."""
