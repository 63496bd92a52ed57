"""The HTTP server: connections, protocol, and page ownership."""
