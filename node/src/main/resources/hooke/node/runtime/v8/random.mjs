// Where a program's random numbers come from. Twin of RandomStream.java.
import { createHash, randomFillSync } from "node:crypto";

/** Bytes that look random and depend on the seed alone: SHA-256(seed || counter, 8 bytes big endian), one after the other. */
class SeededStream {
  #seed;
  #block = Buffer.alloc(0);
  #used = 0;
  #counter = 0n;

  constructor(seed) {
    this.#seed = seed;
  }

  fill(to, length) {
    for (let done = 0; done < length; ) {
      if (this.#used === this.#block.length) {
        const counter = Buffer.alloc(8);
        counter.writeBigUInt64BE(this.#counter++);
        this.#block = createHash("sha256").update(this.#seed).update(counter).digest();
        this.#used = 0;
      }
      const size = Math.min(this.#block.length - this.#used, length - done);
      to.set(this.#block.subarray(this.#used, this.#used + size), done);
      this.#used += size;
      done += size;
    }
  }
}

/** The host's secure generator. */
class HostStream {
  fill(to, length) {
    randomFillSync(to, 0, length);
  }
}

export const randomOf = (job) => (job.realTime ? new HostStream() : new SeededStream(job.seed));
