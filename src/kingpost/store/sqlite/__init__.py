"""The store inside the process.

Takes queries, gives rows. Stands on the store's protocol, its SQL and plan.
"""
