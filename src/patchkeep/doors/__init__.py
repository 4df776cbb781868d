"""The only effects: AWS, the store, the clock."""
