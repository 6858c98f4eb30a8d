"""What of a count may be shown, in which shape, and what may be reckoned from it."""

from cairndesk.insight.rules.crossing import Crossed, Split, split
from cairndesk.insight.rules.rates import RATE_BASE, change, share
from cairndesk.insight.rules.tables import FLOOR, Cell, Table, by_share, table, together
from cairndesk.insight.rules.waiting import BANDS, median_hours, time_band
from cairndesk.insight.rules.withholding import THRESHOLD, withheld

__all__ = [
    "BANDS",
    "FLOOR",
    "RATE_BASE",
    "THRESHOLD",
    "Cell",
    "Crossed",
    "Split",
    "Table",
    "by_share",
    "change",
    "median_hours",
    "share",
    "split",
    "table",
    "time_band",
    "together",
    "withheld",
]
