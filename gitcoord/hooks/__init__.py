"""git's pre-push check, and its installer beside whatever hooks there are."""
