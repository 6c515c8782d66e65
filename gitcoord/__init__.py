"""Coordination for coding agents that needs nothing but git."""

__version__ = "0.1.0"
