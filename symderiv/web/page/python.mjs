// Where the packages lie and how the engine starts: the same in a browser and where its memory is prepared.
const FOLDER = "/lib/site";
export const PACKAGES = "/lib/site/packages";

// latex2mathml reads a file of its own and must be unpacked; the others are imported as they are.
const START = `
import json, glob, sys, warnings, zipfile
for name in glob.glob("${PACKAGES}/latex2mathml*.whl"):
    zipfile.ZipFile(name).extractall("${FOLDER}")
sys.path[:0] = ["${FOLDER}", *sorted(glob.glob("${PACKAGES}/*.whl"))]
warnings.simplefilter("ignore")
from symderiv.late import has_numpy
from symderiv.web.questions import answer
ask = lambda job, fields: json.dumps(answer(job, json.loads(fields)))
`;

export function place(python, wheels) {
  python.FS.mkdirTree(PACKAGES);
  for (const {name, data} of wheels) {
    if (name.startsWith("numpy")) python.unpackArchive(data, "wheel", {extractDir: FOLDER});
    else python.FS.writeFile(`${PACKAGES}/${name}`, data);
  }
}

export function start(python) { python.runPython(START); }

// Python whose memory is as it was when it had started and answered: `memory` has its bytes, perhaps still on their way.
export function resumed(loadPyodide, indexURL, memory) {
  const createPyodideModule = async (settings) => {
    const {default: create} = await import(`${indexURL}pyodide.asm.mjs`);
    const [python] = await Promise.all([create(settings), memory.whole]);
    python.growMemory(memory.bytes.length);
    return python;
  };
  return loadPyodide({indexURL, createPyodideModule, _loadSnapshot: memory.bytes});
}
