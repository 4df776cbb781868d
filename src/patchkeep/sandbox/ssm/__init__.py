"""Systems Manager, emulated: each module registers the operations of one group and keeps its state in the site's `kept`."""
