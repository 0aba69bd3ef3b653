"""What comes with the product, written in its own language.

Stands on declare.
"""
