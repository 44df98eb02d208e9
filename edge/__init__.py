"""What market and bank share at their edges: database, keys, codes, idempotency, problem+json, mail.

A leaf: of our packages it imports only `domain`.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

# For each request that it sends, httpcore imports sniffio four times, to learn whether it runs under trio. Python does
# not remember that a module is missing: it looks in every folder of its path, for a third of the time of a request.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # missing, and known to be
