"""Temporary face."""
