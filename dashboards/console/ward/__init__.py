"""The content of the ward page: tiles and their order. Pure."""
