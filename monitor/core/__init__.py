"""The engine and what it remembers: journal entries in, derived facts out. Pure."""
