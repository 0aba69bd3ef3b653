"""Measurements: each case says what it measured as ratios of one run, so that they mean the same on any machine."""
