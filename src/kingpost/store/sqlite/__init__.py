"""The store inside the process."""
