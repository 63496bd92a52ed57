"""Storage of journals, and the recorder that writes them."""
