// Runs a kernel in this Node.js as it is, unmetered, with the few WASI functions that kernels need; prints its CPU time in microseconds
// to standard error. Arguments: the .wasm file, then the program's.
import { readFileSync, writeSync } from "node:fs";

const [file, ...rest] = process.argv.slice(2);
const args = ["kernel", ...rest].map((text) => Buffer.from(`${text}\0`));
let memory;
const view = () => new DataView(memory.buffer);
const wasi = {
  args_sizes_get(count, bytes) {
    view().setUint32(count, args.length, true);
    view().setUint32(bytes, args.reduce((sum, arg) => sum + arg.length, 0), true);
    return 0;
  },
  args_get(pointers, text) {
    args.forEach((arg, i) => {
      view().setUint32(pointers + 4 * i, text, true);
      new Uint8Array(memory.buffer).set(arg, text);
      text += arg.length;
    });
    return 0;
  },
  fd_write(fd, vectors, count, result) {
    let total = 0;
    for (let i = 0; i < count; i++) {
      const at = view().getUint32(vectors + 8 * i, true);
      const length = view().getUint32(vectors + 8 * i + 4, true);
      writeSync(fd, new Uint8Array(memory.buffer, at, length));
      total += length;
    }
    view().setUint32(result, total, true);
    return 0;
  },
  fd_fdstat_get(_fd, to) {
    new Uint8Array(memory.buffer, to, 24).fill(0);
    view().setUint8(to, 2);
    return 0;
  },
  proc_exit(code) {
    throw Object.assign(new Error("exit"), { code });
  },
};
const before = process.cpuUsage();
const module = new WebAssembly.Module(readFileSync(file));
const others = new Proxy(wasi, { get: (known, name) => known[name] ?? (() => 52) });
const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: others });
memory = instance.exports.memory;
let code = 0;
try {
  instance.exports._start();
} catch (e) {
  if (e.code === undefined) {
    throw e;
  }
  code = e.code;
}
const { user, system } = process.cpuUsage(before);
process.stderr.write(`${user + system}\n`);
process.exitCode = code;
