"""The sample service: a relying party of the portal `demo`, as a team of another institution would write one.

It knows of the portal what the standard tells (OpenID Connect discovery), and nothing of this repository's code.
"""

from local.sample.host import Sample

__all__ = ["Sample"]
