"""How to answer an operation in a shape under the rule left for an actor; pure.

Stands on the ground.
"""
