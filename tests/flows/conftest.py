"""Each module has a site of its own."""

from tests.flows.fixtures import root, runtime, sample_port, town  # noqa: F401  # fixtures
