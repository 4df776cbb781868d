"""The report: compliance, coverage, exposure and deadlines, before our first change and since. Pure; formats only show it."""

from patchkeep.domain.report.build import build
from patchkeep.domain.report.evidence import Evidence
from patchkeep.domain.report.measures import Spread
from patchkeep.domain.report.timings import AgeBucket, CveRow, Exposures, OpenWindow, Remediation, SeverityRow, SlaRow
from patchkeep.domain.report.values import NO_ENVIRONMENT, AssetRow, Coverage, Picture, Reason, Report, Row

__all__ = [
    "NO_ENVIRONMENT",
    "AgeBucket",
    "AssetRow",
    "Coverage",
    "CveRow",
    "Evidence",
    "Exposures",
    "OpenWindow",
    "Picture",
    "Reason",
    "Remediation",
    "Report",
    "Row",
    "SeverityRow",
    "SlaRow",
    "Spread",
    "build",
]
