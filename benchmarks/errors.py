"""What can go wrong in a benchmark."""

from __future__ import annotations


class BenchmarkError(Exception):
    """A benchmark cannot be run, or says nothing."""


class AnswersDifferError(BenchmarkError):
    """Two cases that are to be compared give different answers."""


class PeerMissingError(BenchmarkError):
    """A peer is not installed, or does not start."""
