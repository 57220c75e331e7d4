"""What a plan would change, where to build, and whether things get better."""
