"""Whether the heartbeat's alarm can tell its topic: it is made in the account signed in to, and the topic may lie elsewhere.

An alarm tells topics of its own region alone, and a topic of another account only where that topic's policy lets CloudWatch publish.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
"""

from __future__ import annotations

from patchkeep.domain.call import Target
from patchkeep.domain.policy import Heartbeat


def doubts(heartbeat: Heartbeat | None, home: Target | None) -> tuple[str, ...]:
    """What may keep the alarm from telling anybody, a sentence each. `home`: where it is made; None: nobody has looked yet."""
    if heartbeat is None or not heartbeat.topic:
        return ()
    _, partition, _, region, account, name = heartbeat.topic.split(":", 5)
    if home is None:
        return (f"the topic {name} is in account {account}: {_let('the account that you sign in to is another one')}",)
    found = []
    if (region, partition) != (home.region, home.partition):
        found.append(f"the topic {name} is in {region} ({partition}) and the alarm in {home.region} ({home.partition}): it tells nobody")
    if account != home.account:
        found.append(f"the topic {name} is in account {account} and the alarm in {home.account}: {_let()}")
    return tuple(found)


def _let(where: str = "") -> str:
    when = f"where {where}, " if where else ""
    return f"{when}it tells nobody unless the topic's policy lets cloudwatch.amazonaws.com publish for that alarm (sns:Publish)"
