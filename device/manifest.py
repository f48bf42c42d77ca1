# Freezes the agent into a firmware: make -C ports/rp2 FROZEN_MANIFEST=…/device/manifest.py (docs/ways_onto_a_board.md).
# RAM then pays for data only. boot.py and main.py stay files: a frozen one could not be replaced, nor parked.
include("$(PORT_DIR)/boards/manifest.py")  # noqa: F821 - the manifest's own names
package("mtmo", opt=2)  # noqa: F821
