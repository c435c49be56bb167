"""Insight on top of the metrics layer: is it a signal, why did it move, what did a release do, what should be done.

Each module computes from plain numbers what a textbook says, and asks the layer for them in one place. Libraries of statistics
take seconds to import: they are imported where they are used.
"""
