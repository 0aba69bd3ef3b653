"""What may be asked, as frozen data.

Takes nothing, gives the data that every other folder reads. Stands on nothing.
"""
