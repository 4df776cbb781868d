"""Keys that say when changes may run, and when nothing may: windows and freezes."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self

from pydantic import ConfigDict, Field, model_validator

from patchkeep.policy.mistakes import Wrong
from patchkeep.policy.rrule import Offset, Recurring
from patchkeep.policy.section import At, Days, Duration, Length, Moment, Rule, Section, Text, Zone


class WindowKeys(Section):
    """A recurring time in which changes may run."""

    at: At | None = Field(
        None,
        description="When it opens: `Sat 02:00`, `Mon-Fri 02:00`, `Tue#2 02:00` (second Tuesday), `daily 02:00`, `cron(0 2 ? * SAT *)`.",
        examples=['"Sat 02:00"'],
    )
    rrule: Rule | None = Field(
        None,
        description="When it opens, as a recurrence rule of iCalendar; instead of `at`. Not where AWS installs.",
        examples=['"FREQ=MONTHLY;BYDAY=2TU;BYHOUR=3"'],
    )
    offset: Days | None = Field(
        None,
        description="Days by which every opening is put off: Patch Tuesday and 4 days, say. Not where AWS installs.",
        examples=["4d"],
    )
    timezone: Zone = Field("UTC", description="Time zone of `at` and `rrule`; summer time is followed.", examples=["Europe/Berlin"])
    lasts: Length = Field(description="How long it stays open: 1 to 24 hours.", examples=["4h"])
    stop_starting: Duration = Field(timedelta(0), description="Nothing new begins in this last part of it.", examples=["1h"])

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if (self.at is None) == (self.rrule is None):
            both = "A window has `at` or `rrule`, not both." if self.at else "The window does not say when it opens."
            raise Wrong(both, 'Write `at: "Sat 02:00"`, or `rrule: "FREQ=MONTHLY;BYDAY=2TU;BYHOUR=3"`.')
        return self

    @property
    def opens(self) -> Recurring:
        """When it opens, whichever key says so."""
        schedule: Recurring | None = self.at or self.rrule
        if schedule is None:
            raise ValueError("a window without a time is refused as it is read")
        return Offset(schedule, self.offset) if self.offset else schedule


class WindowsKeys(Section):
    """Windows by name."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, WindowKeys] = Field(init=False)
    by_tag: Text | None = Field(None, description="Name of a tag whose value on an asset names its window.", examples=["PatchWindow"])


class FreezeKeys(Section):
    """A time in which nothing changes: dates written here, or every event of an iCalendar file."""

    LATER: ClassVar[dict[str, str]] = {"except": "emergency changes"}
    name: Text | None = Field(None, description="What it is called in reports.", examples=["year-end"])
    start: Moment | None = Field(None, alias="from", description="First day, or moment.", examples=["2026-12-18"])
    end: Moment | None = Field(
        None, alias="to", description="Last day, which is frozen too; or the moment it ends.", examples=["2027-01-04"]
    )
    timezone: Zone = Field("UTC", description="Of dates and moments without a zone.", examples=["Europe/Berlin"])
    calendar: Text | None = Field(None, description="An iCalendar file, beside the policy file.", examples=["freezes.ics"])

    @model_validator(mode="after")
    def _dates_or_calendar(self) -> Self:
        if self.calendar and (self.start or self.end):
            raise Wrong("A freeze has dates or a calendar, not both.", "Make two freezes of it.")
        if not self.calendar and not (self.name and self.start and self.end):
            raise Wrong(
                "A freeze needs `name`, `from` and `to`, or `calendar`.",
                "Write it as in `{name: year-end, from: 2026-12-18, to: 2027-01-04}`.",
            )
        return self
