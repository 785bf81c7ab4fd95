// A worker process on Node.js: takes work on standard input, one piece after the other, and answers on standard output. Ends
// when its input does, also in the middle of a job, so that no worker outlives its node. Twin of WorkerMain.java.
//
// Arguments: the directory in which the node lays out a job's files, the file to keep contents in that the program writes, and
// what the node knows of the profile and of this worker's limits (V8.java), as JSON. It needs no other file but this directory's,
// and writes no other. No packages, no build step.
import fs from "node:fs";
import { Worker } from "node:worker_threads";
import { Answers, sharedMemory } from "./answers.mjs";
import { FrameReader, ready } from "./frames.mjs";

const STANDARD_INPUT = 0;
const STANDARD_ERROR = 2;
const PATIENCE_MILLIS = 50;

// What a JVM's -XX:+ExitOnOutOfMemoryError gives.
const OUT_OF_MEMORY = 3;

const [folder, scratchFile, given] = process.argv.slice(2);
const { profile, optimisedBytes, limits } = JSON.parse(given);
const memory = sharedMemory();
const answers = new Answers(memory);
const program = new Worker(new URL("./program.mjs", import.meta.url), {
  workerData: { profile, optimisedBytes, folder, scratchFile, memory },
  resourceLimits: limits,
  // Else Node.js opens this process's own streams as sockets, which the sandbox forbids and which would not block.
  stdout: true,
  stderr: true,
});
program.stdout.resume();
program.stderr.on("data", complain);

function complain(text) {
  fs.writeSync(STANDARD_ERROR, text);
}

program.on("error", (e) => {
  complain(`${e}\n`);
  process.exit(e.code === "ERR_WORKER_OUT_OF_MEMORY" ? OUT_OF_MEMORY : 1);
});

program.on("message", (message) => {
  if (message === "ready") {
    answers.send(ready());
    listen();
  } else if (--unfinished === 0) {
    clearInterval(waiting);
    waiting = null;
  }
});

let unfinished = 0;
let waiting = null;
const reader = new FrameReader();
const buffer = Buffer.alloc(64 << 10);

function listen() {
  fs.read(STANDARD_INPUT, buffer, 0, buffer.length, null, (error, length) => {
    if (error || length === 0) {
      process.exit(0); // The node is gone.
    }
    for (const frame of reader.add(buffer.subarray(0, length))) {
      unfinished++;
      waiting ??= setInterval(() => answers.sendWaiting(), PATIENCE_MILLIS);
      program.postMessage(frame);
    }
    listen();
  });
}
