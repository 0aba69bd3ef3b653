"""People who sign in.

Takes an address and a password, gives the operation `auth.login`. Stands on declare.
"""
