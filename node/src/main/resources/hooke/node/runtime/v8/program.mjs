// The thread in which programs run, one after the other. Its stack has the size that the profile's call depth needs.
import fs from "node:fs";
import path from "node:path";
import v8 from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { Answers } from "./answers.mjs";
import { clocksOf } from "./clocks.mjs";
import { HostMemory, Run, limitMemory } from "./engine.mjs";
import { FileTree, OutputBudget } from "./files.mjs";
import * as frames from "./frames.mjs";
import { Halt, onDisk } from "./halt.mjs";
import { Scratch } from "./scratch.mjs";
import { Wasi } from "./wasi.mjs";

const { profile, optimisedBytes, folder, scratchFile, memory } = workerData;
const answers = new Answers(memory);
const HASH = 32;
const HEADER = HASH + 8;

/** The metered module that lies in the worker's folder, as CompiledCache.java keeps it: the node has checked its sum. */
function readKept() {
  const all = onDisk(() => fs.readFileSync(path.join(folder, "code")));
  return { memoryBytes: all.readBigInt64BE(HASH), bytes: all.subarray(HEADER) };
}

/** Runs one job on its files. Twin of Execution.java. */
function execute(program, work) {
  const { job } = work;
  let scratch = null;
  try {
    scratch = new Scratch(scratchFile);
    const budget = new OutputBudget(profile, job.outputBytes);
    const inputs = work.inputs ? path.join(folder, "in") : null;
    const clocks = clocksOf(job);
    const files = new FileTree(profile, inputs, scratch, budget, clocks.start);
    const stdin = work.stdin ? path.join(folder, "stdin") : null;
    const wasi = new Wasi(profile, job, clocks, stdin, answers, files, budget);
    const ending = new Run(profile, program.module, program.most, wasi, job.fuel).run();
    wasi.close();
    files.deliver(answers);
    return ending;
  } catch (e) {
    if (e instanceof Halt && e.kind === "HOST_DISK") {
      return { kind: "HOST_DISK", exitCode: 0, fuelUsed: 0n, message: e.message };
    }
    throw e;
  } finally {
    scratch?.close();
  }
}

// V8 shares a module's machine code with later modules of the same bytes, as long as one of them lives: so a program that runs
// again here is not compiled again.
const LOADED_MODULES = 4;
const loaded = [];

function compile(bytes) {
  // The baseline compiler or not (V8Worker.java). V8 looks at this also when it compiles a function on its first call.
  v8.setFlagsFromString(bytes.length > optimisedBytes ? "--liftoff" : "--no-liftoff");
  const module = new WebAssembly.Module(bytes);
  loaded.push(module);
  if (loaded.length > LOADED_MODULES) {
    loaded.shift();
  }
  return module;
}

function prepare(work) {
  const kept = readKept();
  const given = work.job === null ? work.memoryBytes : work.job.memoryBytes;
  const pages = Number(given >> 16n) < profile.memoryPages ? Number(given >> 16n) : profile.memoryPages;
  const { bytes, most } = limitMemory(kept.bytes, pages);
  return { memoryBytes: kept.memoryBytes, most, module: compile(bytes) };
}

function work(given) {
  const start = process.hrtime.bigint();
  const program = prepare(given);
  const ready = process.hrtime.bigint();
  answers.send(frames.prepared(ready - start, program.memoryBytes));
  if (given.job !== null) {
    const ending = execute(program, given);
    answers.send(frames.done(ending, process.hrtime.bigint() - ready));
  }
}

parentPort.on("message", (frame) => {
  try {
    work(frames.readWork(frame));
  } catch (e) {
    if (e instanceof Halt && e.kind === "HOST_DISK") {
      answers.send(frames.failed("HOST_DISK", e.message));
    } else if (e instanceof HostMemory) {
      answers.send(frames.failed("HOST_MEMORY", e.message));
    } else {
      answers.send(frames.failed("HOST_ENGINE", String(e?.message ?? e)));
    }
  }
  parentPort.postMessage("idle");
});
parentPort.postMessage("ready");
