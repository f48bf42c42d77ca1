# Freezes the agent into a firmware: make -C ports/esp32 FROZEN_MANIFEST=…/device/manifest.py
# RAM then pays for data only.
include("$(PORT_DIR)/boards/manifest.py")  # noqa: F821 - the manifest's own names
package("mtmo", opt=2)  # noqa: F821
module("main.py")  # noqa: F821
module("boot.py")  # noqa: F821
