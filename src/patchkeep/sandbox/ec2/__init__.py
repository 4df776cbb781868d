"""EC2 as far as patching meets it: instances and their power, tags, volumes, snapshots, regions. State: the world's nodes."""
