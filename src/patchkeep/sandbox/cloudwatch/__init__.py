"""CloudWatch, emulated: custom metrics, and alarms on them that go on and off in virtual time."""
