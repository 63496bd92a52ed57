"""The update loop: snapshots of all pages, and what changed, for every browser."""
