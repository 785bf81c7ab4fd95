// What a worker says to its node. Twin of Answers.java: a program's small writes are gathered, since many programs write line
// by line, and the process's main thread sends what has waited, so that whoever follows the output sees it.
import fs from "node:fs";
import * as frames from "./frames.mjs";

const LOCK = 0;
const LENGTH = 1;
const NUMBER = 2;
const FIELDS = 3;
const STANDARD_OUTPUT = 1;

/** Memory that both threads' Answers share. */
export const sharedMemory = () => new SharedArrayBuffer(FIELDS * 4 + frames.PART);

export class Answers {
  #state;
  #gathered;

  constructor(memory) {
    this.#state = new Int32Array(memory, 0, FIELDS);
    this.#gathered = new Uint8Array(memory, FIELDS * 4);
  }

  #tryLock() {
    return Atomics.compareExchange(this.#state, LOCK, 0, 1) === 0;
  }

  #locked(action) {
    while (!this.#tryLock()) {
      Atomics.wait(this.#state, LOCK, 1);
    }
    try {
      return action();
    } finally {
      this.#unlock();
    }
  }

  #unlock() {
    Atomics.store(this.#state, LOCK, 0);
    Atomics.notify(this.#state, LOCK);
  }

  /** Sends a frame, after what was gathered. */
  send(frame) {
    this.#locked(() => {
      this.#flush();
      put(frame);
    });
  }

  /** Sends what was gathered, unless the other thread is at it. */
  sendWaiting() {
    if (Atomics.load(this.#state, LENGTH) > 0 && this.#tryLock()) {
      try {
        this.#flush();
      } finally {
        this.#unlock();
      }
    }
  }

  #flush() {
    const length = this.#state[LENGTH];
    if (length > 0) {
      this.#state[LENGTH] = 0;
      put(frames.stream(this.#state[NUMBER], this.#gathered.slice(0, length)));
    }
  }

  stream(number, bytes, length) {
    this.#locked(() => {
      if (number !== this.#state[NUMBER] || this.#state[LENGTH] + length > this.#gathered.length) {
        this.#flush();
        this.#state[NUMBER] = number;
      }
      this.#gathered.set(bytes.subarray(0, length), this.#state[LENGTH]);
      this.#state[LENGTH] += length;
    });
  }

  directory(path) {
    this.send(frames.directory(path));
  }

  file(path, size) {
    this.send(frames.file(path, size));
  }

  link(path, target) {
    this.send(frames.link(path, target));
  }

  content(bytes, length) {
    this.send(frames.content(bytes.subarray(0, length)));
  }
}

function put(frame) {
  for (let done = 0; done < frame.length; ) {
    done += fs.writeSync(STANDARD_OUTPUT, frame, done, frame.length - done);
  }
}
