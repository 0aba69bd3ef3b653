"""How to answer an operation in a shape under the rule left for an actor; pure.

Takes a contract, an operation, a shape and a standing; gives a plan. Stands on the ground.
"""
