"""What things are: entities and their fields, ids, intents, outcomes. No I/O, no clock."""
