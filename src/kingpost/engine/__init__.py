"""Answers safely.

Takes a call, gives a result or a failure. Stands on plan, the store's protocol and the ground.
"""
