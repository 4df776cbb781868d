"""The six verbs and their kin: short stories that read, decide, write."""
