"""Start-up of the virtual board: `micropython -X heapsize=192k vboot.py OPTIONS_JSON`.

It makes the process look like a board: the LittleFS image is the only file system, `machine` is the board's,
/boot.py and /main.py run, and when this file has ended the port's own REPL starts.
"""
# ruff: noqa: F821 - MicroPython: no pathlib, % formatting, its own builtins

import json
import os
import sys

import vfs


def _mount(options, control):
    where = options["image"], options["blocks"]
    if options["cut"]:
        import bdev

        device = bdev.CutFileBdev(*where, cut=options["cut"], torn=options["torn"], on_cut=lambda: control.die("cut"))
    else:
        import flash

        device = flash.FileBdev(*where)
    vfs.umount("/")
    try:
        vfs.mount(vfs.VfsLfs2(device), "/")
    except OSError as error:  # never mkfs over what may be somebody's data
        control.die("mount", error=str(error))


def _start():
    options = json.loads(sys.argv[1])
    import vmachine

    control = vmachine.Control(options["control"])
    vmachine.setup(control, options)
    sys.modules["machine"] = vmachine
    _mount(options, control)
    for name in ("bdev", "flash", "vmachine", "unixuart", "json"):
        sys.modules.pop(name, None)
    sys.path[:] = ["", ".frozen", "/lib"]
    sys.argv[:] = []
    return control, options["main"]


def _run(name):
    # as pyexec_file_if_exists(): False after an exception
    try:
        os.stat(name)
    except OSError:
        return True
    try:
        execfile(name)
        return True
    except SystemExit:  # a soft reset: end the process
        os.unsetenv("MICROPYINSPECT")
        raise
    except BaseException as error:
        sys.print_exception(error)
        return False


_control, _main = _start()
os.putenv("MICROPYINSPECT", "1")  # read by the port when this file has ended, however it ended: start the REPL
_control.send(ready=1)  # from here on the supervisor lets input (Ctrl-C) through
if _run("/boot.py") and _main:
    _run("/main.py")
for _name in ("_start", "_mount", "_run", "_main", "_control", "vfs", "json", "os", "sys", "_name"):
    globals().pop(_name, None)
