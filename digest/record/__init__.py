"""Writes and reads the tables: what was found, editions and their life, deliveries and their outcomes."""
