"""The synthetic town that the sample study describes: its plan, its people, and the files about it."""
