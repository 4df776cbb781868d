"""CloudWatch, emulated: custom metrics, alarms on them that go on and off in virtual time, and what managed services measure."""
