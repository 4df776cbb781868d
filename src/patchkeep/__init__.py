"""Patchkeep keeps a whole AWS Organization patched."""

__version__ = "0.1.0"
