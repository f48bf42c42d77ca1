"""Fixtures that several files of this folder share."""

from flash_bench import bench, device  # noqa: F401 - pytest finds them by name
