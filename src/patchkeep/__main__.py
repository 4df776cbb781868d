"""`python -m patchkeep`."""

from patchkeep.cli import main

main()
