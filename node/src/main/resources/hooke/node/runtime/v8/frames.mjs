// What node and worker say to each other. Twin of Frame.java: a length, a kind, and fields, big endian.

/** Longest frame, either way. */
export const MOST = 1 << 20;
/** Most bytes of a stream or file in one frame. */
export const PART = 64 << 10;

const MESSAGE = 4000;

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  #rest = Buffer.alloc(0);

  /** Takes more bytes, gives the frames that are whole now. */
  *add(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 4) {
      const length = this.#rest.readInt32BE(0);
      if (length < 1 || length > MOST) {
        throw new Error(`a frame of ${length} bytes`);
      }
      if (this.#rest.length < 4 + length) {
        return;
      }
      // A copy, since it goes to another thread.
      yield Uint8Array.from(this.#rest.subarray(4, 4 + length));
      this.#rest = this.#rest.subarray(4 + length);
    }
  }
}

/** Reads what a node says: the one frame that it sends. */
export function readWork(bytes) {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const byte = () => frame.readUInt8(at++);
  const int = () => frame.readInt32BE((at += 4) - 4);
  const long = () => frame.readBigInt64BE((at += 8) - 8);
  const text = () => {
    const length = int();
    return frame.toString("utf8", at, (at += length));
  };
  if (byte() !== 1) {
    throw new Error("the node sent something else than work");
  }
  const work = { program: text(), memoryBytes: long(), compiled: byte() !== 0, stdin: byte() !== 0, inputs: byte() !== 0, job: null };
  if (byte() !== 0) {
    const args = Array.from({ length: int() }, text);
    const env = new Map(Array.from({ length: int() }, () => [text(), text()]));
    const seed = Buffer.from(text(), "hex");
    const clock = long();
    const realTime = byte() !== 0;
    work.job = { args, env, seed, clock, realTime, fuel: long(), memoryBytes: long(), outputBytes: long() };
  }
  return work;
}

class Writer {
  #parts;

  constructor(kind) {
    this.#parts = [Buffer.alloc(4), Buffer.from([kind])];
  }

  byte(value) {
    return this.raw(Buffer.from([value]));
  }

  int(value) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return this.raw(bytes);
  }

  long(value) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return this.raw(bytes);
  }

  text(value) {
    const bytes = Buffer.from(value);
    return this.int(bytes.length).raw(bytes);
  }

  raw(bytes) {
    this.#parts.push(bytes);
    return this;
  }

  /** The frame with its length in front. */
  done() {
    const whole = Buffer.concat(this.#parts);
    whole.writeInt32BE(whole.length - 4);
    return whole;
  }
}

const cut = (message) => (message.length > MESSAGE ? `${message.slice(0, MESSAGE)}...` : message);

export const ready = () => new Writer(2).done();
export const prepared = (nanos, memoryBytes) => new Writer(3).long(nanos).long(memoryBytes).done();
export const done = (ending, nanos) =>
  new Writer(4)
    .text(ending.kind)
    .int(ending.exitCode)
    .long(ending.fuelUsed)
    .text(cut(ending.message))
    .long(nanos)
    .done();
export const failed = (reason, message) => new Writer(6).text(reason).text(cut(message)).done();
export const stream = (number, part) => new Writer(8).byte(number).raw(part).done();
export const directory = (path) => new Writer(9).text(path).done();
export const file = (path, size) => new Writer(10).text(path).long(size).done();
export const link = (path, target) => new Writer(12).text(path).text(target).done();
export const content = (part) => new Writer(11).raw(part).done();
