"""The policy file: YAML text to `domain.Policy`, every mistake with its place and what to write instead; no file is read here."""

from patchkeep.policy.loading import calendars_of, digest, load
from patchkeep.policy.remarks import notes

__all__ = ["calendars_of", "digest", "load", "notes"]
