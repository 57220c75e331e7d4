"""Where the next facilities help children most."""
