// A tree of files on the host's disk, told in bytes of our own. Twin of TreeListing.java, as far as it is read: what is not exactly
// as a writer leaves it is this host's failure, since a run with other names would be another run.
import fs from "node:fs";
import path from "node:path";
import { hostDisk, onDisk } from "./halt.mjs";

const DIRECTORY = 0;
const FILE = 1;
const LINK = 2;
const END = 3;
const TEXT_BYTES = 4_096;
const CHUNK = 64 << 10;
const SLASH = 0x2f;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const NOTHING = Buffer.alloc(0);

class Reader {
  #fd;
  #chunk = NOTHING;
  #at = 0;

  constructor(file) {
    this.#fd = onDisk(() => fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW));
  }

  /** The next `length` bytes; fewer only at the file's end. */
  #read(length) {
    while (this.#chunk.length - this.#at < length) {
      const more = Buffer.alloc(CHUNK);
      const n = onDisk(() => fs.readSync(this.#fd, more, 0, CHUNK, null));
      if (n === 0) {
        break;
      }
      this.#chunk = Buffer.concat([this.#chunk.subarray(this.#at), more.subarray(0, n)]);
      this.#at = 0;
    }
    const bytes = this.#chunk.subarray(this.#at, this.#at + length);
    this.#at += bytes.length;
    return bytes;
  }

  bytes(length) {
    const bytes = this.#read(length);
    if (bytes.length < length) {
      throw hostDisk("the names of the inputs end too soon");
    }
    return bytes;
  }

  get ended() {
    return this.#read(1).length === 0;
  }

  kind() {
    return this.bytes(1)[0];
  }

  text() {
    const length = this.bytes(4).readInt32BE(0);
    if (length < 0 || length > TEXT_BYTES) {
      throw hostDisk(`a name of ${length} bytes among the inputs`);
    }
    return Buffer.from(this.bytes(length));
  }

  size() {
    const size = this.bytes(8).readBigInt64BE(0);
    if (size < 0n) {
      throw hostDisk(`an input has a size of ${size}`);
    }
    return size;
  }

  close() {
    onDisk(() => fs.closeSync(this.#fd));
  }
}

function decoded(bytes) {
  try {
    return utf8.decode(bytes);
  } catch (e) {
    if (e instanceof TypeError) {
      throw hostDisk("an input has a name that is not UTF-8");
    }
    throw e;
  }
}

/** A directory before what is in it, the names of one directory by their bytes. */
function compare(a, b) {
  const shared = Math.min(a.length, b.length);
  for (let n = 0; n < shared; n++) {
    if (a[n] !== b[n]) {
      return a[n] === SLASH ? -1 : b[n] === SLASH ? 1 : a[n] - b[n];
    }
  }
  return a.length - b.length;
}

/** Holds entries to their order: each once, and after the directory that it lies in. */
class Order {
  #above = [];
  #last = NOTHING;

  next(name, isDirectory) {
    if (compare(this.#last, name) >= 0) {
      throw hostDisk("an input is named twice or out of order");
    }
    while (this.#above.length > 0 && !startsWith(name, this.#above.at(-1))) {
      this.#above.pop();
    }
    if (name.lastIndexOf(SLASH) + 1 !== (this.#above.at(-1)?.length ?? 0)) {
      throw hostDisk("an input does not lie in a directory");
    }
    if (isDirectory) {
      this.#above.push(Buffer.concat([name, Buffer.of(SLASH)]));
    }
    this.#last = name;
  }
}

const startsWith = (name, start) => name.length >= start.length && name.subarray(0, start.length).equals(start);

/** The entries of a tree in order: { path, kind } with, of a file, its content's place and size, of a link its target. */
export function* entries(directory) {
  const names = new Reader(path.join(directory, "names"));
  try {
    const order = new Order();
    let contents = 0;
    for (let kind = names.kind(); kind !== END; kind = names.kind()) {
      const bytes = names.text();
      order.next(bytes, kind === DIRECTORY);
      const entry = { path: decoded(bytes) };
      if (kind === FILE) {
        yield { ...entry, kind: "file", content: path.join(directory, String(contents++)), size: names.size() };
      } else if (kind === LINK) {
        yield { ...entry, kind: "link", target: decoded(names.text()) };
      } else if (kind === DIRECTORY) {
        yield { ...entry, kind: "directory" };
      } else {
        throw hostDisk(`an input of an unknown kind: ${kind}`);
      }
    }
    if (!names.ended) {
      throw hostDisk("the names of the inputs do not end where they should");
    }
  } finally {
    names.close();
  }
}
