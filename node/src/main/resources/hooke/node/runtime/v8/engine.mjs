// V8 as an engine: runs a metered module (Metering.java) to its end. Twin of EndiveEngine.java.
import { Guest } from "./guest.mjs";
import { Halt } from "./halt.mjs";

const MEMORY_SECTION = 5;
const PAGES = 65_536;
const PAGE = 65_536;

/** The host had too little memory: no result. */
export class HostMemory extends Error {}

/** The module's bytes with its memory's largest size lowered to what the order gives, and that size in pages. */
export function limitMemory(module, memoryPages) {
  let at = 8;
  const u32 = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        return value;
      }
    }
  };
  while (at < module.length) {
    const start = at;
    const id = module[at++];
    const size = u32();
    const end = at + size;
    if (id === MEMORY_SECTION) {
      u32(); // one memory
      const limited = (module[at++] & 1) !== 0;
      const minimum = u32();
      const maximum = limited ? u32() : PAGES;
      const most = Math.max(minimum, Math.min(maximum, memoryPages));
      const limits = [1, 1, ...leb(minimum), ...leb(most)];
      const bytes = Buffer.concat([
        module.subarray(0, start),
        Buffer.from([MEMORY_SECTION, ...leb(limits.length), ...limits]),
        module.subarray(end),
      ]);
      return { bytes, most };
    }
    at = end;
  }
  throw new Error("a module without memory passed the node's check");
}

function leb(value) {
  const bytes = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) {
      return [...bytes, left];
    }
    bytes.push((left % 128) | 0x80);
  }
}

/** One run of one module. */
export class Run {
  #profile;
  #module;
  #mostPages;
  #wasi;
  #limit;
  #fuel = null;
  #depth = null;
  #memory = null;

  /** `mostPages`: what the module's memory may grow to. */
  constructor(profile, module, mostPages, wasi, limit) {
    this.#profile = profile;
    this.#module = module;
    this.#mostPages = mostPages;
    this.#wasi = wasi;
    this.#limit = limit;
  }

  /** Runs to the end and says how it ended. */
  run() {
    const ending = this.#run();
    this.#hostHadTheMemory();
    return ending;
  }

  /**
   * Takes all the memory that the program could have had. V8 answers memory.grow with -1 also where the host has no more, and the
   * program goes on as if its order had said so: no result can come from such a host. What this process takes beside the program's
   * memory only grows, or is bounded (V8Worker.java), so what is there now was there all the time. Pages not touched cost nothing.
   */
  #hostHadTheMemory() {
    if (this.#memory === null) {
      return;
    }
    try {
      this.#memory.grow(this.#mostPages - this.#memory.buffer.byteLength / PAGE);
    } catch (e) {
      throw new HostMemory(`this host has not the memory that it promised: ${e.message}`);
    }
  }

  #run() {
    try {
      this.#start();
      return this.#left() < 0n ? this.#outOfFuel() : this.#ending("EXITED", 0, "");
    } catch (e) {
      if (e instanceof Halt) {
        return e.kind === "OUT_OF_FUEL" ? this.#outOfFuel() : this.#ending(e.kind, e.exitCode, e.message);
      }
      if (e instanceof WebAssembly.RuntimeError) {
        return this.#left() < 0n ? this.#outOfFuel() : this.#ending("TRAPPED", 0, this.#trap(e));
      }
      if (e instanceof RangeError && this.#fuel === null) {
        throw new HostMemory(e.message);
      }
      if (e instanceof RangeError && e.message.includes("call stack")) {
        return this.#ending("HOST_STACK", 0, "the host's stack was too small");
      }
      return this.#ending("HOST_ENGINE", 0, String(e));
    }
  }

  #start() {
    const { exports } = new WebAssembly.Instance(this.#module, this.#wasi.imports(this.#module));
    const fuel = exports[this.#profile.fuel];
    fuel.value = this.#limit;
    this.#fuel = fuel;
    this.#depth = exports[this.#profile.depth];
    this.#memory = exports.memory;
    this.#wasi.begin(new Guest(exports.memory, fuel, this.#limit));
    exports[this.#profile.start]?.();
    exports._start();
  }

  #left() {
    return this.#fuel === null ? this.#limit : this.#fuel.value;
  }

  #ending(kind, exitCode, message) {
    return { kind, exitCode, fuelUsed: this.#limit - this.#left(), message };
  }

  #outOfFuel() {
    const message = `all ${this.#limit} units of fuel are used up`;
    return { kind: "OUT_OF_FUEL", exitCode: 0, fuelUsed: this.#limit, message };
  }

  #trap(e) {
    if (this.#depth !== null && this.#depth.value >>> 0 > this.#profile.depthLimit) {
      return "calls nest too deeply (an endless recursion?)";
    }
    return e.message;
  }
}
