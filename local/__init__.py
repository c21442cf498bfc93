"""The local runtime: the template's routes, streams, queues and schedules on one machine."""

from local.site import Local

__all__ = ["Local"]
