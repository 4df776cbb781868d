"""Faults on purpose: calls that AWS answers badly, and nodes that misbehave, chosen by place, share and virtual time.

A fault strikes by a hash of its seed and of what it meets, so the same seed gives the same faults whatever the order of threads.
"""
