"""PostgreSQL as a store; it needs the extra `kingpost[postgres]`."""
