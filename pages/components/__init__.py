"""What pages are made of, one component a file. docs/pages.md shows how they go together."""
