"""What comes with the product, written in its own language.

Takes nothing, gives operations with their code. Stands on declare and the ground.
"""
