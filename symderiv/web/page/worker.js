// Python in a web worker: loads the interpreter and the wheels that lie beside this file, then answers questions.
const say = (message) => self.postMessage(message);
let answer;

async function loaded(name, integrity) {
  const found = await fetch(name, integrity ? {integrity} : {}).catch(() => null);
  if (!found || !found.ok) throw new Error(`${name} is missing from the site, or is not what it should be`);
  return found;
}

async function begin() {
  const site = await (await loaded("site.json")).json();
  say({progress: "Loading Python (1 of 3) …"});
  const {loadPyodide} = await import(new URL(`${site.pyodide}pyodide.mjs`, self.location).href)
    .catch(() => { throw new Error(`${site.pyodide}pyodide.mjs is missing from the site`); });
  const wheels = Promise.all(site.wheels.map(async ({file, integrity}) => (await loaded(file, integrity)).arrayBuffer()));
  wheels.catch(() => {});
  const python = await loadPyodide({indexURL: new URL(site.pyodide, self.location).href});
  const folder = "/lib/site";
  python.FS.mkdirTree(folder);
  for (const [count, data] of (await wheels).entries()) {
    say({progress: `Loading the engine (2 of 3): ${count + 1} of ${site.wheels.length} …`});
    python.unpackArchive(data, "wheel", {extractDir: folder});
  }
  say({progress: "Starting the engine (3 of 3) …"});
  python.runPython(`import sys, warnings; sys.path.insert(0, "${folder}"); warnings.simplefilter("ignore")`);
  python.runPython("import json\nfrom symderiv.late import has_numpy\nfrom symderiv.web.questions import answer");
  const run = python.runPython("lambda job, fields: json.dumps(answer(job, json.loads(fields)))");
  answer = (job, fields) => JSON.parse(run(job, JSON.stringify(fields)));
  return python.runPython("has_numpy()") ? "" : "Numbers are computed in plain Python here: the same answers, slower.";
}

const ready = begin().then((note) => say({ready: true, note}),
                           (error) => say({failed: `The engine did not start: ${error.message}.`}));
self.onmessage = async ({data: {id, job, fields}}) => {
  await ready;
  let found;
  try {
    found = answer(job, fields);
  } catch (error) {
    found = {error: {message: "the engine failed at this", hint: String(error).trim().split("\n").at(-1)}};
  }
  say({id, answer: found});
};
