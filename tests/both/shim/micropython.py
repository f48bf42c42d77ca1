"""Stand-in for MicroPython's built-in module, so that the agent's pure layers run on CPython."""


def const(value):
    """`value`: on MicroPython the compiler folds it away."""
    return value


def native(function):
    """`function`, as it is."""
    return function


viper = native


def heap_lock() -> None:
    """Nothing: CPython's heap cannot be locked."""


def heap_unlock() -> int:
    """0: the heap was never locked."""
    return 0


def alloc_emergency_exception_buf(_size: int) -> None:
    """Nothing: CPython allocates exceptions as it likes."""


def schedule(function, argument) -> None:
    """Calls at once what MicroPython would call between two bytecodes."""
    function(argument)


def kbd_intr(char):
    """There is no keyboard."""
