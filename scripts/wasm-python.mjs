// Run a Python script under CPython in WebAssembly: node wasm-python.mjs PYODIDE_FOLDER SCRIPT [ARGUMENTS…]
// The file system of this machine is under /host there; SCRIPT is given as it is here.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, script, ...rest] = process.argv.slice(2);
const home = resolve(folder);
const entry = existsSync(`${home}/pyodide.mjs`) ? 'pyodide.mjs' : 'pyodide.js';
const module = await import(pathToFileURL(`${home}/${entry}`).href);
const load = module.loadPyodide ?? module.default.loadPyodide;
const python = await load({ indexURL: `${home}/`, stdout: (line) => console.log(line) });
python.FS.mkdir('/host');
python.FS.mount(python.FS.filesystems.NODEFS, { root: '/' }, '/host');
python.globals.set('_argv', python.toPy([script, ...rest]));
python.runPython('import sys; sys.argv = list(_argv); sys.setrecursionlimit(3000)');
python.runPython(readFileSync(script, 'utf8'));
