"""Which version is older, and what a person asks about packages: pure decisions on text, standard library only."""
