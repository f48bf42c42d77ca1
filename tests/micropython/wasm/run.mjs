// Runs a script under MicroPython's WebAssembly port: node run.mjs PACKAGE FOLDERS SCRIPT [ARGUMENT …]
// FOLDERS is a JSON object, host's folder by the one that the script sees; all are in sys.path. The exit status is the
// script's, 1 after an exception.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const HEAP_OCTETS = 128 << 20; // this port collects garbage between two scripts only
const ENDED = /SystemExit: ?(\d*)/;

const [packageFolder, folders, script, ...args] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(join(packageFolder, "micropython.mjs")).href);
const python = await loadMicroPython({ heapsize: HEAP_OCTETS, stdout: (line) => console.log(line) });

function copy(from, to) {
  if (statSync(from).isDirectory()) {
    python.FS.mkdirTree(to);
    for (const name of readdirSync(from)) copy(join(from, name), `${to}/${name}`);
  } else {
    python.FS.writeFile(to, readFileSync(from));
  }
}

const places = JSON.parse(folders);
for (const [place, folder] of Object.entries(places)) copy(folder, place);
try {
  python.runPython(readFileSync(new URL("port.py", import.meta.url), "utf8"));
  python.runPython(`import sys; sys.path[:] = ${JSON.stringify([".frozen", ...Object.keys(places)])}`);
  python.runPython(`sys.argv[:] = ${JSON.stringify([script, ...args])}`);
  python.runPython(readFileSync(script, "utf8"));
} catch (error) {
  const ended = ENDED.exec(error.message);
  if (!ended) console.log(error.message);
  process.exitCode = ended ? Number(ended[1] || 0) : 1;
}
