// How a host function ends the program, and what it answers instead of going on. Twin of Halt.java and WasiError.java.

/** Ends the program. `kind` is a name of Ending.Kind. Control flow through V8, so no Error with its stack. */
export class Halt {
  constructor(kind, message, exitCode = 0) {
    this.kind = kind;
    this.message = message;
    this.exitCode = exitCode;
  }
}

export const exited = (code) => new Halt("EXITED", "", code);
export const trapped = (message) => new Halt("TRAPPED", message);
export const outOfFuel = () => new Halt("OUT_OF_FUEL", "");
export const outputLimit = (limit) => new Halt("OUTPUT_LIMIT", `output over its limit of ${limit}`);
export const hostDisk = (message) => new Halt("HOST_DISK", message);

/** Runs what touches the host's disk: whatever fails there is the host's failure, never a result. */
export function onDisk(action) {
  try {
    return action();
  } catch (e) {
    if (typeof e?.syscall === "string") {
      throw hostDisk(e.message);
    }
    throw e;
  }
}

/** Thrown by a host function's parts, answered to the program as its number. */
export class WasiError {
  constructor(errno) {
    this.errno = errno;
  }
}

/** WASI preview 1 error numbers that this implementation gives. */
export const Errno = Object.freeze({
  SUCCESS: 0,
  BADF: 8,
  EXIST: 20,
  FBIG: 22,
  ILSEQ: 25,
  INVAL: 28,
  ISDIR: 31,
  LOOP: 32,
  MFILE: 33,
  NAMETOOLONG: 37,
  NOENT: 44,
  NOTDIR: 54,
  NOTEMPTY: 55,
  NOTSOCK: 57,
  NOTSUP: 58,
  PERM: 63,
  ROFS: 69,
  SPIPE: 70,
  XDEV: 75,
  NOTCAPABLE: 76,
});
