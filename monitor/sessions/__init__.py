"""A session as it runs, how people conduct it, and what the console is shown of it."""
