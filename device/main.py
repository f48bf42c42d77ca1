# What a flashed board runs. Ctrl-C is off until run() knows that the board is not locked, see boot.py.
import micropython

micropython.kbd_intr(-1)
import mtmo  # noqa: E402

mtmo.run()
