"""A room of made-up services: one that passes a role and says which, one that does not say, one that says nothing at all."""
