"""Git: objects, refs, the remote, and the landing of intents. No SQL, no printing."""
