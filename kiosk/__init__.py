"""Foyer: a self-service kiosk for entertainment centres."""

__version__ = "0.1.0"
