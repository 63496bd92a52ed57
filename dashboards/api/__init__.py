"""The HTTP API: what programs may read and do, each as its right allows."""
