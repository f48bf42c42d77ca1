"""Start-up of the virtual board: `OPTIONS=… micropython -X heapsize=192k vboot.py`, options as JSON.

It makes the process look like a board: the LittleFS image is the only file system, `machine` is the board's,
/boot.py and /main.py run as shared/runtime/pyexec.c runs them, and when this file has ended the port's own REPL starts.
"""

import json
import os
import sys

import vfs

from micropython import kbd_intr


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


def _map_romfs(partition, control):
    # what of it goes into the path; the launcher has mapped it, or ffi does so for a binary of the user's
    try:
        import rom

        at = os.getenv("ROMFS_AT")
        if at is None:
            import ffi

            # anywhere, PROT_READ | PROT_WRITE, MAP_SHARED
            call = ffi.open(None).func("p", "mmap", "pLiiil")
            at = call(None, partition["size"], 3, 1, partition["fd"], 0)
    except (ImportError, OSError) as error:
        control.die("romfs", error=str(error))
    rom.map_at(int(at), partition["size"], partition["is_device"])
    sys.modules["vfs"] = rom
    return rom


def _start():
    options = json.loads(os.getenv("OPTIONS"))  # not an argument: of more than 255 octets the port dies
    import vmachine

    control = vmachine.Control(options["control"])
    vmachine.setup(control, options)
    sys.modules["machine"] = vmachine
    rom = _map_romfs(options["romfs"], control) if options["romfs"] else None
    _mount(options, control)
    for name in ("bdev", "flash", "vmachine", "unixuart", "json", "rom"):
        sys.modules.pop(name, None)
    # mp_init() adds what is in the partition, then the port adds /lib (ports/esp32/main.c, ports/rp2/main.c)
    sys.path[:] = ["", ".frozen"] + (rom.mount_all() if rom else []) + ["/lib"]
    sys.argv[:] = []
    return control, options


def _run(name):
    # as pyexec_file_if_exists(): False after an exception. Ctrl-C is on from before the first instruction to behind the
    # last, however often the file before switched it off. Between the two no jump, since one would obey it.
    try:
        os.stat(name)
    except OSError:
        return True
    try:
        with open(name) as file:
            code = compile(file.read(), name, "exec")
        kbd_intr(_CTRL_C)
        _begin(runs=name)
        exec(code)  # noqa: S102 - as the port does
        kbd_intr(-1)
        for _ in range(2):  # what is still to be obeyed is the file's
            pass
        return True
    except SystemExit:  # a soft reset: end the process
        kbd_intr(-1)
        os.unsetenv("MICROPYINSPECT")
        raise
    except BaseException as error:
        kbd_intr(-1)
        sys.print_exception(error)
        return False


_CTRL_C = 3
kbd_intr(-1)
_control, _options = _start()
_begin = _control.ask if _options["hold"] else _control.send
os.putenv("MICROPYINSPECT", "1")  # read by the port when this file has ended, however it ended: start the REPL
_control.send(ready=1)  # from here on the supervisor lets input through
if (_run("/boot.py") or _options["main_after_failed_boot"]) and _options["main"]:
    _run("/main.py")
for _name in "_start _mount _map_romfs _run _begin _options _control _CTRL_C kbd_intr vfs json os sys".split():
    globals().pop(_name, None)
globals().pop("_name")
