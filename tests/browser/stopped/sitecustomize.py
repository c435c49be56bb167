"""Python begins at the moment that TESTS_NOW names, for whoever has this folder on its path: pages then look alike on every day."""

import os
from datetime import datetime

import time_machine

time_machine.travel(datetime.fromisoformat(os.environ["TESTS_NOW"])).start()
