"""What a branch does to the claims of others, told from fetched branches alone: for CI jobs and servers. Writes nothing."""
