"""The paper of a visit: its creation, its prepayment, its bills and its receipt."""

from __future__ import annotations

from kiosk.core.documents import Kind
from kiosk.core.paper import Layout

LAYOUTS: dict[Kind, Layout] = {}
