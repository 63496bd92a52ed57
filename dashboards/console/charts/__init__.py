"""Charts as SVG and HTML. Pure."""
