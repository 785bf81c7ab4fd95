// All the files a program sees: /in, its inputs, read-only; /out, what it leaves as its result; /tmp, gone when it ends.
// Twin of FileTree.java, Inode.java and OutputBudget.java. Sizes, positions and times are bigints, as the program's are.
import fs from "node:fs";
import path from "node:path";
import { Errno, WasiError, hostDisk, onDisk, outputLimit } from "./halt.mjs";
import { Blocks } from "./scratch.mjs";

const DELIVERED = 64 << 10;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const fail = (errno) => {
  throw new WasiError(errno);
};

/** Names are sorted by their UTF-8 bytes, on every machine. */
export const bytewise = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Bytes a program may keep, and files and directories by number. */
export class OutputBudget {
  #profile;
  #limit;
  #used = 0n;
  #entries = 0;

  constructor(profile, limit) {
    this.#profile = profile;
    this.#limit = limit;
  }

  take(bytes) {
    if (bytes > this.#limit - this.#used) {
      throw outputLimit(`${this.#limit} bytes`);
    }
    this.#used += bytes;
  }

  takeEntry() {
    if (this.#entries === this.#profile.outputEntries) {
      throw outputLimit(`${this.#profile.outputEntries} files and directories`);
    }
    this.take(BigInt(this.#profile.outputEntryBytes));
    this.#entries++;
  }

  giveBackEntry() {
    this.#entries--;
    this.giveBack(BigInt(this.#profile.outputEntryBytes));
  }

  giveBack(bytes) {
    this.#used -= bytes;
  }
}

class Inode {
  constructor(number, writable, now) {
    this.number = number;
    this.writable = writable;
    this.accessed = now;
    this.modified = now;
  }
}

const UNKNOWN = -1;

export class Directory extends Inode {
  #entries = new Map();
  #names = null;
  // Of its own name; of its whole path when it has no parent.
  #nameBytes;
  // Bytes of the longest path below it, or UNKNOWN: then it is unknown for all above it, too. So a directory with a hundred
  // thousand files is moved without a look at each.
  #height = 0;

  constructor(number, writable, now, parent, name) {
    super(number, writable, now);
    this.parent = parent;
    this.#nameBytes = Buffer.byteLength(name);
  }

  get size() {
    return 0n;
  }

  get count() {
    return this.#entries.size;
  }

  get(name) {
    return this.#entries.get(name) ?? null;
  }

  /** Bytes of its path from the tree's root, kept below a bound so that the tree fits on any host. */
  get pathBytes() {
    let total = 0;
    let at = this;
    for (; at.parent !== null; at = at.parent) {
      total += 1 + at.#nameBytes;
    }
    return total + at.#nameBytes;
  }

  get height() {
    if (this.#height === UNKNOWN) {
      this.#height = 0;
      for (const [name, inode] of this.#entries) {
        this.#height = Math.max(this.#height, tail(name, inode));
      }
    }
    return this.#height;
  }

  put(name, inode) {
    this.#names = null;
    this.#entries.set(name, inode);
    if (inode instanceof Directory) {
      inode.parent = this;
      inode.#nameBytes = Buffer.byteLength(name);
    }
    let reach = tail(name, inode);
    for (let at = this; at !== null && at.#height !== UNKNOWN; at = at.parent) {
      if (reach <= at.#height) {
        return;
      }
      at.#height = reach;
      reach += 1 + at.#nameBytes;
    }
  }

  /** Takes out what `name` stands for, which keeps its parent. */
  remove(name) {
    const inode = this.#entries.get(name);
    if (!this.#entries.delete(name)) {
      return;
    }
    this.#names = null;
    if (tail(name, inode) < this.#height) {
      return;
    }
    for (let at = this; at !== null && at.#height !== UNKNOWN; at = at.parent) {
      at.#height = UNKNOWN;
    }
  }

  /** Makes it one that no path leads to any more. */
  orphan() {
    this.#nameBytes = this.pathBytes;
    this.parent = null;
  }

  /** Names and what they name, in order. */
  *sorted() {
    this.#names ??= [...this.#entries.keys()].sort(bytewise);
    for (const name of this.#names) {
      yield [name, this.#entries.get(name)];
    }
  }
}

const tail = (name, inode) => 1 + Buffer.byteLength(name) + (inode instanceof Directory ? inode.height : 0);

/** A file. Opened and closed as often as the program does. */
export class File extends Inode {
  #opened = 0;

  open() {
    this.#opened++;
  }

  close() {
    this.#opened--;
    if (this.#opened === 0) {
      this.lastClosed();
    }
  }

  get isOpen() {
    return this.#opened > 0;
  }
}

/** A file of the host's, opened while the program has it open. Never written to: that is checked where it is opened. */
class Input extends File {
  #content;
  #fd = -1;

  constructor(number, now, content, size) {
    super(number, false, now);
    this.#content = content;
    this.size = size;
  }

  lastClosed() {
    if (this.#fd >= 0) {
      const fd = this.#fd;
      this.#fd = -1;
      onDisk(() => fs.closeSync(fd));
    }
  }

  read(position, to, length) {
    if (this.#fd < 0) {
      this.#fd = onDisk(() => fs.openSync(this.#content, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW));
    }
    for (let done = 0; done < length; ) {
      const n = onDisk(() => fs.readSync(this.#fd, to, done, length - done, Number(position) + done));
      if (n === 0) {
        throw hostDisk("an input file became shorter while the task ran");
      }
      done += n;
    }
  }
}

/** A file of the program's own. Counts against the budget until nothing names it or has it open. */
class Own extends File {
  #blocks;
  #budget;
  #linked = true;

  constructor(number, now, scratch, budget) {
    super(number, true, now);
    this.#blocks = new Blocks(scratch);
    this.#budget = budget;
    this.size = 0n;
  }

  lastClosed() {
    this.#reclaim();
  }

  unlink() {
    this.#linked = false;
    this.#reclaim();
  }

  #reclaim() {
    if (!this.#linked && !this.isOpen) {
      this.resize(0n);
    }
  }

  read(position, to, length) {
    this.#blocks.read(Number(position), to, length);
  }

  /** Makes room up to `end`, or ends the program at its output limit. */
  reserve(end) {
    if (end > this.size) {
      this.#budget.take(end - this.size);
      this.size = end;
    }
  }

  /** Writes into room that was reserved. */
  write(position, from, length) {
    this.#blocks.write(Number(position), from, length);
  }

  resize(newSize) {
    if (newSize > this.size) {
      this.reserve(newSize);
      return;
    }
    this.#budget.giveBack(this.size - newSize);
    this.size = newSize;
    this.#blocks.cut(Number(newSize));
  }
}

/** Where a path leads: the directory it ends in, the last name (null when the path names that directory), what is there. */
class Place {
  constructor(directory, name, inode, mustBeDirectory) {
    this.directory = directory;
    this.name = name;
    this.inode = inode;
    this.mustBeDirectory = mustBeDirectory;
  }

  existing() {
    if (this.inode === null) {
      fail(Errno.NOENT);
    }
    if (this.mustBeDirectory && !(this.inode instanceof Directory)) {
      fail(Errno.NOTDIR);
    }
    return this.inode;
  }

  /** The last name, for changes; the directory must be writable. */
  changeable() {
    if (!this.directory.writable) {
      fail(Errno.ROFS);
    }
    if (this.name === null) {
      fail(Errno.INVAL);
    }
    return this.name;
  }
}

const below = (parent, name) => parent.pathBytes + 1 + Buffer.byteLength(name);

/** Inode of the first input: after the root, /in, /out and /tmp (0 to 3 here). */
const FIRST_INPUT = 4n;

export class FileTree {
  #profile;
  #scratch;
  #budget;
  #out;
  #nextInode = 1n;

  /** `inputs`: host directory shown as /in, or null. */
  constructor(profile, inputs, scratch, budget, now) {
    this.#profile = profile;
    this.#scratch = scratch;
    this.#budget = budget;
    this.root = new Directory(this.#nextInode++, false, now, null, "");
    const given = new Directory(this.#nextInode++, false, now, this.root, "in");
    this.root.put("in", given);
    this.#out = new Directory(this.#nextInode++, true, now, this.root, "out");
    this.root.put("out", this.#out);
    this.root.put("tmp", new Directory(this.#nextInode++, true, now, this.root, "tmp"));
    if (inputs !== null) {
      this.#load(inputs, given, now);
    }
  }

  #load(host, into, now) {
    for (const name of onDisk(() => fs.readdirSync(host)).sort(bytewise)) {
      if (this.#nextInode - FIRST_INPUT >= BigInt(this.#profile.inputEntries)) {
        throw hostDisk(`more than ${this.#profile.inputEntries} input files`);
      }
      const child = path.join(host, name);
      const attributes = onDisk(() => fs.lstatSync(child, { bigint: true }));
      if (attributes.isDirectory()) {
        const directory = new Directory(this.#nextInode++, false, now, into, name);
        into.put(name, directory);
        this.#load(child, directory, now);
      } else if (attributes.isFile()) {
        into.put(name, new Input(this.#nextInode++, now, child, attributes.size));
      } else {
        throw hostDisk(`input ${child} is neither a file nor a directory`);
      }
    }
  }

  /** Follows a path from a directory. `..` may not climb above it, as WASI demands; there are no symbolic links. */
  resolve(from, bytes) {
    let text;
    try {
      text = utf8.decode(bytes);
    } catch (e) {
      if (e instanceof TypeError) {
        fail(Errno.ILSEQ);
      }
      throw e;
    }
    if (text === "") {
      fail(Errno.NOENT);
    }
    if (text.includes("\0")) {
      fail(Errno.INVAL);
    }
    if (text.startsWith("/")) {
      fail(Errno.NOTCAPABLE);
    }
    const slash = text.endsWith("/");
    const parts = text.split("/").filter((part) => part !== "" && part !== ".");
    let at = from;
    let depth = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (part === "..") {
        if (--depth < 0 || at.parent === null) {
          fail(Errno.NOTCAPABLE);
        }
        at = at.parent;
        continue;
      }
      if (Buffer.byteLength(part) > this.#profile.nameBytes) {
        fail(Errno.NAMETOOLONG);
      }
      const next = at.get(part);
      if (i === parts.length - 1) {
        return new Place(at, part, next, slash);
      }
      if (next === null) {
        fail(Errno.NOENT);
      }
      if (!(next instanceof Directory)) {
        fail(Errno.NOTDIR);
      }
      at = next;
      depth++;
    }
    return new Place(at, null, at, false);
  }

  #mayEnter(parent, name) {
    if (below(parent, name) > this.#profile.pathBytes) {
      fail(Errno.NAMETOOLONG);
    }
    // A directory that was removed while open takes nothing any more.
    if (parent.parent === null) {
      fail(Errno.NOENT);
    }
  }

  createFile(place, now) {
    const name = place.changeable();
    this.#mayEnter(place.directory, name);
    this.#budget.takeEntry();
    const file = new Own(this.#nextInode++, now, this.#scratch, this.#budget);
    place.directory.put(name, file);
    place.directory.modified = now;
    return file;
  }

  createDirectory(place, now) {
    if (place.inode !== null) {
      fail(Errno.EXIST);
    }
    const name = place.changeable();
    const parent = place.directory;
    this.#mayEnter(parent, name);
    this.#budget.takeEntry();
    parent.put(name, new Directory(this.#nextInode++, true, now, parent, name));
    parent.modified = now;
  }

  removeFile(place, now) {
    const inode = place.existing();
    const name = place.changeable();
    if (!(inode instanceof File)) {
      fail(Errno.ISDIR);
    }
    place.directory.remove(name);
    place.directory.modified = now;
    this.#budget.giveBackEntry();
    inode.unlink();
  }

  removeDirectory(place, now) {
    const inode = place.existing();
    if ((place.name !== null && !place.directory.writable) || inode === this.root) {
      fail(Errno.ROFS);
    }
    if (!(inode instanceof Directory)) {
      fail(Errno.NOTDIR);
    }
    const name = place.changeable();
    if (inode.count > 0) {
      fail(Errno.NOTEMPTY);
    }
    place.directory.remove(name);
    place.directory.modified = now;
    inode.orphan();
    this.#budget.giveBackEntry();
  }

  rename(from, to, now) {
    const moved = from.existing();
    const oldName = from.changeable();
    const newName = to.changeable();
    const replaced = to.inode;
    if (replaced === moved) {
      return;
    }
    const moving = moved instanceof Directory;
    if (moving) {
      for (let d = to.directory; d !== null; d = d.parent) {
        if (d === moved) {
          fail(Errno.INVAL);
        }
      }
      if (below(to.directory, newName) + moved.height > this.#profile.pathBytes) {
        fail(Errno.NAMETOOLONG);
      }
    } else if (to.mustBeDirectory) {
      fail(Errno.NOTDIR);
    }
    this.#mayEnter(to.directory, newName);
    if (replaced instanceof Directory) {
      if (!moving) {
        fail(Errno.ISDIR);
      }
      this.removeDirectory(to, now);
    } else if (replaced !== null) {
      if (moving) {
        fail(Errno.NOTDIR);
      }
      this.removeFile(to, now);
    }
    from.directory.remove(oldName);
    to.directory.put(newName, moved);
    from.directory.modified = now;
    to.directory.modified = now;
  }

  /** Gives away what is under /out, a directory before what is in it, names in order. */
  deliver(to) {
    deliver(this.#out, "", to);
  }
}

function deliver(directory, prefix, to) {
  const buffer = new Uint8Array(DELIVERED);
  for (const [name, inode] of directory.sorted()) {
    const full = prefix + name;
    if (inode instanceof Directory) {
      to.directory(full);
      deliver(inode, `${full}/`, to);
    } else {
      to.file(full, inode.size);
      for (let at = 0n; at < inode.size; at += BigInt(DELIVERED)) {
        const left = inode.size - at;
        const length = left < BigInt(DELIVERED) ? Number(left) : DELIVERED;
        inode.read(at, buffer, length);
        to.content(buffer, length);
      }
    }
  }
}
