"""The model of a rulebook file: policy as data, refused where it does not hold together."""

from cfspace.config.rulebook.base import Condition, Indicator, Target, Text, age_label
from cfspace.config.rulebook.book import SEARCH_AT_LEAST_M, Rule, Rulebook, Task
from cfspace.config.rulebook.places import (
    Amount,
    AuditRule,
    Check,
    CountNormRule,
    EquippedRule,
    FloatingSupplyRule,
    OwnGoal,
    PresenceRule,
    RatioRule,
    Step,
    SupplyRule,
)
from cfspace.config.rulebook.reach import (
    BundleRule,
    CoverageRule,
    LandCoverageRule,
    ProfileRatioRule,
    Reach,
    ZoneCoverageRule,
)
from cfspace.config.rulebook.streets import (
    CrossingSpacingRule,
    DensityRule,
    GateCrossingRule,
    GateSpeedRule,
    RouteRule,
    StreetRatioRule,
)
from cfspace.config.rulebook.uncertainty import Uncertainty

__all__ = [
    "SEARCH_AT_LEAST_M",
    "Amount",
    "AuditRule",
    "BundleRule",
    "Check",
    "Condition",
    "CountNormRule",
    "CoverageRule",
    "CrossingSpacingRule",
    "DensityRule",
    "EquippedRule",
    "FloatingSupplyRule",
    "GateCrossingRule",
    "GateSpeedRule",
    "Indicator",
    "LandCoverageRule",
    "OwnGoal",
    "PresenceRule",
    "ProfileRatioRule",
    "RatioRule",
    "Reach",
    "RouteRule",
    "Rule",
    "Rulebook",
    "Step",
    "StreetRatioRule",
    "SupplyRule",
    "Target",
    "Task",
    "Text",
    "Uncertainty",
    "ZoneCoverageRule",
    "age_label",
]
