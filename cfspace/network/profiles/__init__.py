"""Profiles: who walks and when, as data; each turns the segments of a network into costs."""

from __future__ import annotations

from cfspace.network.profiles.costing import profile_costs
from cfspace.network.profiles.model import SHIPPED, Closure, MainRoadRule, Profile, Sourced, load_profile

__all__ = ["SHIPPED", "Closure", "MainRoadRule", "Profile", "Sourced", "load_profile", "profile_costs"]
