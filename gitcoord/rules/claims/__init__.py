"""Claims: what can be claimed, who may have it, how long, and what a push may touch. Pure; one question a module."""
