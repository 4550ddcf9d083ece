"""Collects articles, composes one digest per set of topics, delivers it over SMTP and records every delivery."""

__version__ = "0.1.0"
