"""The journal: storage, integrity and refusals."""
