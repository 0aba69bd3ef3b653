"""What may be asked, as frozen data; every other folder reads it.

Stands on nothing.
"""
