// Run by node while a site is written: node memory.mjs SITE FILE.  Starts the engine as a browser would, has it answer, and
// keeps its memory: a browser then takes that up and need not begin from nothing.  Prints how many bytes it unfolds to.
import {readFileSync, readdirSync, writeFileSync} from "node:fs";
import {pathToFileURL} from "node:url";
import {gzipSync} from "node:zlib";
import {place, start} from "./python.mjs";

const [site, file] = process.argv.slice(2);
try {
  const {loadPyodide} = await import(pathToFileURL(`${site}/pyodide/pyodide.mjs`).href);
  const python = await loadPyodide({indexURL: `${site}/pyodide/`, _makeSnapshot: true, env: {PYTHONHASHSEED: "0"}});
  place(python, readdirSync(`${site}/wheels`).map((name) => ({name, data: new Uint8Array(readFileSync(`${site}/wheels/${name}`))})));
  start(python);
  python.runPython("import symderiv.web.warm, gc; gc.collect()");
  const memory = python.makeMemorySnapshot();
  writeFileSync(file, gzipSync(memory, {level: 6}));
  console.log(memory.length);
} catch (error) {
  console.error(String(error.message || error).trim().split("\n").at(-1));
  process.exit(1);
}
