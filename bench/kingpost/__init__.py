"""The blog as it is measured, in Kingpost."""
