"""The factory domain."""
