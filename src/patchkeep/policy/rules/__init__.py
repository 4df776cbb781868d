"""Keys that say what is patched, by whom, how, when and in which order: environments, baselines, windows, freezes, rings and who agrees."""

from patchkeep.policy.rules.baselines import ApproveKeys, BaselineKeys, RejectKeys
from patchkeep.policy.rules.environments import EnvironmentKeys, MatchKeys
from patchkeep.policy.rules.managed import GateKeys, ManagedKeys, OrderKeys
from patchkeep.policy.rules.rings import ApartKeys, ApprovalKeys, RingKeys, SelectKeys, SlaKeys
from patchkeep.policy.rules.times import FreezeKeys, WindowKeys, WindowsKeys

__all__ = [
    "ApartKeys",
    "ApprovalKeys",
    "ApproveKeys",
    "BaselineKeys",
    "EnvironmentKeys",
    "FreezeKeys",
    "GateKeys",
    "ManagedKeys",
    "MatchKeys",
    "OrderKeys",
    "RejectKeys",
    "RingKeys",
    "SelectKeys",
    "SlaKeys",
    "WindowKeys",
    "WindowsKeys",
]
