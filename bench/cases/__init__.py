"""The cases, one a file: each has `measure`, which gives lines to print."""
