"""The report: compliance, coverage, exposure and deadlines, before our first change and since. Pure; formats only show it."""

from patchkeep.domain.report.build import build
from patchkeep.domain.report.measures import Spread
from patchkeep.domain.report.values import (
    NO_ENVIRONMENT,
    AgeBucket,
    AssetRow,
    Coverage,
    CveRow,
    Evidence,
    Exposures,
    OpenWindow,
    Picture,
    Reason,
    Remediation,
    Report,
    Row,
    SeverityRow,
    SlaRow,
)

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
