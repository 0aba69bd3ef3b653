"""Protocols.

Each takes its own words, gives calls, and says results in its own words. Stands on the ground.
"""
