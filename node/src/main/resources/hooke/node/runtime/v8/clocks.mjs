// What a program's clocks show, and how it sleeps. Twin of Clocks.java. Nanoseconds, as bigints of 64 bits.
const long = (value) => BigInt.asIntN(64, value);
const MILLION = 1_000_000n;

/** Clocks that every host agrees on: one nanosecond per unit of fuel, and sleeping advances them without waiting. */
class FuelClocks {
  #slept = 0n;

  constructor(start) {
    this.start = start;
  }

  realtime(g) {
    return long(this.start + g.used() + this.#slept);
  }

  monotonic(g) {
    return this.realtime(g);
  }

  sleep(nanos) {
    this.#slept = long(this.#slept + nanos);
    return nanos;
  }
}

/** The host's. Milliseconds are what Node.js knows of the time of day. */
class HostClocks {
  #origin = process.hrtime.bigint();
  #never = new Int32Array(new SharedArrayBuffer(4));

  constructor() {
    this.start = this.realtime();
  }

  realtime() {
    return BigInt(Date.now()) * MILLION;
  }

  monotonic() {
    return process.hrtime.bigint() - this.#origin;
  }

  sleep(nanos) {
    const begun = process.hrtime.bigint();
    let slept = 0n;
    while (slept < nanos) {
      Atomics.wait(this.#never, 0, 0, Number(nanos - slept) / 1e6);
      slept = process.hrtime.bigint() - begun;
    }
    return slept;
  }
}

export const clocksOf = (job) => (job.realTime ? new HostClocks() : new FuelClocks(job.clock));
