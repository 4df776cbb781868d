"""Default Host Management Configuration, on or off."""

from __future__ import annotations

import pytest

from patchkeep.services.management import SERVICE, discover
from tests.services.samples import READS
from tests.services.talk import HERE, carry


@pytest.mark.parametrize(
    ("value", "on"), [("$None", False), ("", False), ("service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole", True)]
)
def test_it_is_on_when_a_role_is_set(value: str, on: bool) -> None:
    setting = READS["get_service_setting"]["ServiceSetting"] | {"SettingValue": value}
    (existing,) = carry(discover(HERE), {"get_service_setting": {"ServiceSetting": setting}})[0].objects
    assert existing.fields["on"] is on


def test_it_is_looked_at_and_never_set() -> None:
    assert SERVICE.settings is None
