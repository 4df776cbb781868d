"""Nouns and decisions: frozen values and pure functions, standard library only."""
