"""A large organization that only answers: written beforehand, served fast, so that a measurement is of the client alone."""
