"""Compiles every device file with mpy-cross and prints what each costs on flash."""

from __future__ import annotations

from collections.abc import Sequence

from mtmo_host.flash.compile import Compiled, compile_package, size_table

CORE_BUDGET = 40 * 1024  # octets of .mpy without dialects (design 4.10)
NOT_RECORDS = ("__init__.py", "models.py")
DIALECT_BUDGET = 1536  # octets for one dialect


def core_octets(compiled: Sequence[Compiled]) -> int:
    """What the agent takes of the flash without the records of modem families, of which a board needs one."""
    return sum(len(item.mpy) for item in compiled if not _is_record(item))


def _is_record(item: Compiled) -> bool:
    return "/dialects/" in item.name and not item.name.endswith(NOT_RECORDS)


def main() -> int:
    """Print the table; 1 if a dialect is over its budget."""
    compiled = compile_package()
    print(size_table(compiled))
    core = core_octets(compiled)
    print(f"core without dialects: {core} octets, {core / CORE_BUDGET:.2f} of the design's {CORE_BUDGET}")
    fat = [item.name for item in compiled if _is_record(item) and len(item.mpy) > DIALECT_BUDGET]
    if fat:
        print("over the budget of a dialect:", ", ".join(fat))
    return 1 if fat else 0


if __name__ == "__main__":
    raise SystemExit(main())
