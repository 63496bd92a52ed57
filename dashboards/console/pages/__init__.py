"""The pages, each with its route or its layout."""
