"""The policy language and the shipped policies."""
