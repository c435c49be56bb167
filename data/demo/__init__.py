"""The demo company: Fernwick, which sells a reporting product, as the source-like files that its tools would export."""

from data.demo.world import TIMEZONE
from data.demo.write import parameters, write

__all__ = ["TIMEZONE", "parameters", "write"]
