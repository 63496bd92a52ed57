"""Tools for whoever develops and releases physiomon; nothing of it is installed."""
