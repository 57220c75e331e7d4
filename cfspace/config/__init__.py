"""The study and rulebook models; unknown keys are refused."""
