// Python in a web worker: loads the interpreter, its memory and the wheels that lie beside this file, then answers questions.
import {place, resumed, start} from "./python.mjs";

const say = (message) => self.postMessage(message);
let ask, expected = 0, got = 0, told = -1;

async function loaded(name, integrity) {
  const found = await fetch(name, integrity ? {integrity} : {}).catch(() => null);
  if (!found || !found.ok) throw new Error(`${name} is missing from the site, or is not what it should be`);
  return found;
}

// What comes in is counted, so that whoever waits sees how far it is.
function counted(response) {
  return response.body.pipeThrough(new TransformStream({transform(part, on) {
    got += part.length;
    const percent = Math.floor(100 * got / expected);
    if (percent > told) say({progress: `Loading the engine: ${told = percent} % of ${(expected / 1e6).toFixed(0)} MB …`});
    on.enqueue(part);
  }}));
}

async function wheel({file, integrity}) {
  const data = await new Response(counted(await loaded(file, integrity))).arrayBuffer();
  return {name: file.split("/").at(-1), data: new Uint8Array(data)};
}

function unfolded({file, integrity, length}) {
  const bytes = new Uint8Array(length);
  const whole = loaded(file, integrity).then(async (response) => {
    let place = 0;
    const parts = counted(response).pipeThrough(new DecompressionStream("gzip")).getReader();
    for (let part = await parts.read(); !part.done; part = await parts.read()) {
      bytes.set(part.value, place);
      place += part.value.length;
    }
  });
  whole.catch(() => {});
  return {bytes, whole};
}

async function begin() {
  const site = await (await loaded("site.json")).json();
  const indexURL = new URL(site.pyodide, self.location).href;
  expected = [...site.wheels, ...(site.memory ? [site.memory] : [])].reduce((sum, {size}) => sum + size, 0);
  const kept = site.memory && typeof DecompressionStream === "function" ? unfolded(site.memory) : null;
  const wheels = Promise.all(site.wheels.map(wheel));
  wheels.catch(() => {});
  const {loadPyodide} = await import(`${indexURL}pyodide.mjs`)
    .catch(() => { throw new Error(`${site.pyodide}pyodide.mjs is missing from the site`); });
  const python = kept ? await resumed(loadPyodide, indexURL, kept) : await loadPyodide({indexURL});
  place(python, await wheels);
  if (!kept) {
    say({progress: "Starting the engine …"});
    start(python);
  }
  ask = python.globals.get("ask");
  return python.runPython("has_numpy()") ? "" : "Numbers are computed in plain Python here: the same answers, slower.";
}

const ready = begin().then((note) => say({ready: true, note}),
                           (error) => say({failed: `The engine did not start: ${error.message}.`}));
self.onmessage = async ({data: {id, job, fields}}) => {
  await ready;
  let found;
  try {
    found = JSON.parse(ask(job, JSON.stringify(fields)));
  } catch (error) {
    found = {error: {message: "the engine failed at this", hint: String(error).trim().split("\n").at(-1)}};
  }
  say({id, answer: found});
};
