"""The queue: who waits for what, in which order, and who is next when something is given back. Pure."""
