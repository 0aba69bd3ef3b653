"""The command line.

Takes arguments and an app's file, gives exit statuses and sentences. Stands on everything.
"""
