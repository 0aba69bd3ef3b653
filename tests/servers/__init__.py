"""Real servers that the tests and the measurements start themselves: they come as wheels, and leave nothing behind."""
