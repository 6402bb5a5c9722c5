"""The releases of the warehouse's tests, which `status` tells about."""

from tests.warehouse.conftest import mall, publish, stage

__all__ = ["mall", "publish", "stage"]
