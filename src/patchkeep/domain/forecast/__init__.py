"""What a policy promises, held against itself before anything happens: worst cases, what can never open, what nobody looks at. Pure."""

from patchkeep.domain.forecast.check import Forecast, forecast
from patchkeep.domain.forecast.deadlines import Assumed, Row, Verdict
from patchkeep.domain.forecast.findings import Finding
from patchkeep.domain.forecast.lanes import Crowd, Stop
from patchkeep.domain.window import HORIZON

__all__ = ["HORIZON", "Assumed", "Crowd", "Finding", "Forecast", "Row", "Stop", "Verdict", "forecast"]
