// Python in a web worker: loads the interpreter and the wheels that lie beside this file, then answers questions.
"use strict";
const say = (message) => self.postMessage(message);
let answer;

async function begin() {
  const site = await (await fetch("site.json")).json();
  say({progress: "Loading Python (1 of 3) …"});
  importScripts(site.pyodide + "pyodide.js");
  const python = await loadPyodide({indexURL: new URL(site.pyodide, self.location).href, fullStdLib: false});
  const folder = "/lib/site";
  python.FS.mkdirTree(folder);
  for (const [count, wheel] of site.wheels.entries()) {
    say({progress: `Loading the engine (2 of 3): ${count + 1} of ${site.wheels.length} …`});
    const data = await fetch(wheel);
    if (!data.ok) throw new Error(`${wheel} is missing from the site`);
    python.unpackArchive(await data.arrayBuffer(), "wheel", {extractDir: folder});
  }
  if (site.numpy) await python.loadPackage("numpy").catch(() => {});
  say({progress: "Starting the engine (3 of 3) …"});
  python.runPython(`import sys; sys.path.insert(0, "${folder}"); import json\nfrom symderiv.web.questions import answer`);
  const run = python.runPython("lambda job, fields: json.dumps(answer(job, json.loads(fields)))");
  answer = (job, fields) => JSON.parse(run(job, JSON.stringify(fields)));
}

const ready = begin().then(() => say({ready: true}), (error) => say({failed: `The engine did not start: ${error.message}`}));
self.onmessage = async ({data: {id, job, fields}}) => {
  await ready;
  let found;
  try {
    found = answer(job, fields);
  } catch (error) {
    found = {error: {message: "the engine failed at this", hint: String(error).split("\n").at(-2) || ""}};
  }
  say({id, answer: found});
};
