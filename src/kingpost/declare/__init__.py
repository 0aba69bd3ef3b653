"""What a user writes.

Takes classes, gives `Built(contract, code, place)` or every mistake at once. Stands on the ground.
"""
