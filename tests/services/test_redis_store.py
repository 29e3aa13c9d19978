"""What every store promises, kept by Redis."""

from tests.frontier.test_memory import *  # noqa: F403
from tests.frontier.test_store import *  # noqa: F403
from tests.frontier.test_store_model import *  # noqa: F403
