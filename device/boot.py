# Runs first at every boot and soft reset, with Ctrl-C on. MicroPython obeys it at a jump, and there is none before it
# is off: a locked board stays locked. One that was typed until then is obeyed in the loop.
import micropython

micropython.kbd_intr(-1)
try:
    for _ in range(2):
        pass
except KeyboardInterrupt:
    pass
try:
    import mtmo

    mtmo.boot()  # does not come back while the board is locked
except BaseException as error:  # noqa: BLE001
    # No agent, so nobody who knows about the lock but the record itself
    import sys
    import time

    import machine

    for slot in "01":
        try:
            with open("/mtmo-state/settings." + slot, "rb") as file:
                if b'"lock": true' in file.read():
                    break
        except OSError:
            pass  # there is no such slot
        except BaseException:  # noqa: BLE001
            break
    else:
        slot = ""
        sys.print_exception(error)
    while slot:
        time.sleep(5)
        machine.reset()
