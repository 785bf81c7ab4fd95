// All the files a program sees: its working directory /, with /in, its inputs, read-only; /out, part of its result as what is new in
// / is; /tmp, gone when it ends. Twin of FileTree.java, Inode.java and OutputBudget.java. Sizes, positions and times are bigints, as
// the program's are.
import fs from "node:fs";
import { Errno, WasiError, hostDisk, onDisk, outputLimit } from "./halt.mjs";
import { entries } from "./listing.mjs";
import { Blocks } from "./scratch.mjs";

const IN = "in";
const OUT = "out";
const TMP = "tmp";
// What the working directory is called in a result.
const WORK = "work";
const OWN_PLACES = new Set([IN, OUT, TMP]);
const DELIVERED = 64 << 10;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const fail = (errno) => {
  throw new WasiError(errno);
};

/** Names are sorted by their UTF-8 bytes, on every machine. */
export const bytewise = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Bytes a program may keep, and files, directories and links by their names. */
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

  /** Counts so many bytes for each of so many names. */
  takeEach(bytes, names) {
    this.take(bytes * BigInt(names));
  }

  takeEntry() {
    if (this.#entries === this.#profile.outputEntries) {
      throw outputLimit(`${this.#profile.outputEntries} files, directories and links`);
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
  // Names that lead to it. What was given has one, in however many places it is shown.
  names = 1;

  /**
   * `given`: whether the run began with it: it is never removed, renamed or linked, and no part of the result. `writable`: whether
   * its content may change: of a directory, what is in it.
   */
  constructor(number, given, writable, now) {
    this.number = number;
    this.given = given;
    this.writable = writable;
    this.accessed = now;
    this.modified = now;
  }
}

const UNKNOWN = -1;

export class Directory extends Inode {
  #entries = new Map();
  #names = null;
  // Whether it was removed: one that is still open takes nothing any more.
  removed = false;
  type = 3;
  // Of its own name; of its whole path when it has no parent.
  #nameBytes;
  // Bytes of the longest path below it, or UNKNOWN: then it is unknown for all above it, too. So a directory with a hundred
  // thousand files is moved without a look at each.
  #height = 0;

  constructor(number, given, writable, now, parent, name) {
    super(number, given, writable, now);
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
    this.removed = true;
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

/** A symbolic link. Its target counts as a file's bytes do. */
export class Link extends Inode {
  type = 7;
  #budget;

  constructor(number, given, now, target, budget) {
    super(number, given, !given, now);
    this.target = target;
    this.size = BigInt(Buffer.byteLength(target));
    this.#budget = budget;
  }

  link() {
    this.#budget.take(this.size);
    this.names++;
  }

  unlink() {
    this.#budget.giveBack(this.size);
    this.names--;
  }
}

/**
 * Whether a link's target stays in a tree by its words alone, wherever that is unpacked: any number of `..`, not more than the
 * directories between the tree's top and the link, and then at least one name.
 */
function staysWithin(target, directories) {
  const parts = target.split("/");
  let up = 0;
  while (up < parts.length && parts[up] === "..") {
    up++;
  }
  const names = parts.slice(up);
  return up <= directories && names.length > 0 && names.every((part) => part !== "" && part !== "." && part !== "..");
}

/** A file. Opened and closed as often as the program does. */
class File extends Inode {
  type = 4;
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
    super(number, true, false, now);
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

/** A file of the program's own. Counts against the budget for each name, and until nothing names it or has it open. */
class Own extends File {
  #blocks;
  #budget;

  constructor(number, now, scratch, budget) {
    super(number, false, true, now);
    this.#blocks = new Blocks(scratch);
    this.#budget = budget;
    this.size = 0n;
  }

  lastClosed() {
    this.#reclaim();
  }

  link() {
    this.#budget.take(this.size);
    this.names++;
  }

  unlink() {
    this.names--;
    if (this.names > 0) {
      this.#budget.giveBack(this.size);
    }
    this.#reclaim();
  }

  #reclaim() {
    if (this.names === 0 && !this.isOpen) {
      this.resize(0n);
    }
  }

  /** How often its bytes count. */
  get #copies() {
    return Math.max(1, this.names);
  }

  read(position, to, length) {
    this.#blocks.read(Number(position), to, length);
  }

  /** Makes room up to `end`, or ends the program at its output limit. */
  reserve(end) {
    if (end > this.size) {
      this.#budget.takeEach(end - this.size, this.#copies);
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
    this.#budget.giveBack((this.size - newSize) * BigInt(this.#copies));
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

  /** Where a link is to be made: nothing is there, and nothing says that a directory should be. */
  isFree() {
    if (this.inode !== null) {
      fail(this.mustBeDirectory && !(this.inode instanceof Directory) ? Errno.NOTDIR : Errno.EXIST);
    }
    if (this.mustBeDirectory) {
      fail(Errno.NOENT);
    }
  }
}

/** What a path's last name means where it is a symbolic link. */
export const Last = Object.freeze({
  /** What that leads to. */
  FOLLOWED: "followed",
  /** The link itself, unless a `/` comes after it. */
  LOOKED_AT: "looked at",
  /** The link itself: a name to be made, moved or taken away. */
  CHANGED: "changed",
});

/** The text of a path or target. */
export function textOf(bytes) {
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
  return text;
}

/** The names of a path, the last one first. Empty ones say nothing. */
const reversedParts = (text) =>
  text
    .split("/")
    .filter((part) => part !== "")
    .reverse();

const isName = (name, most) =>
  name !== "" && name !== "." && name !== ".." && !name.includes("\0") && Buffer.byteLength(name) <= most;

const below = (parent, name) => parent.pathBytes + 1 + Buffer.byteLength(name);

export class FileTree {
  #profile;
  #scratch;
  #budget;
  #out;
  #nextInode = 1n;

  /** `inputs`: a listing of what stands under /in, or null. */
  constructor(profile, inputs, scratch, budget, now) {
    this.#profile = profile;
    this.#scratch = scratch;
    this.#budget = budget;
    // Lengths of paths are counted as they will be in the result.
    this.root = new Directory(this.#nextInode++, true, true, now, null, `/${WORK}`);
    const given = this.#given(this.root, IN, false, now);
    this.#out = this.#given(this.root, OUT, true, now);
    this.#given(this.root, TMP, true, now);
    if (inputs !== null) {
      this.#load(inputs, given, now);
    }
  }

  #given(parent, name, writable, now) {
    const directory = new Directory(this.#nextInode++, true, writable, now, parent, name);
    parent.put(name, directory);
    return directory;
  }

  /**
   * Puts inputs where they stand: under /in and, unless the first name is one of /'s own, in the working directory. Files are the
   * same in both; directories are twins, since those in the working directory take new entries. What a listing holds is in order,
   * so that the directories above the last entry are all that can take the next one.
   */
  #load(listing, given, now) {
    const above = [{ shown: given, work: this.root }];
    let count = 0;
    for (const entry of entries(listing)) {
      if (++count > this.#profile.inputEntries) {
        throw hostDisk(`more than ${this.#profile.inputEntries} inputs`);
      }
      const names = entry.path.split("/");
      const name = names.at(-1);
      const depth = names.length - 1;
      if (!isName(name, this.#profile.nameBytes)) {
        throw hostDisk(`input ${entry.path} has a name that no file has`);
      }
      above.length = Math.min(above.length, depth + 1);
      const { shown, work: beside } = above.at(-1);
      const work = depth === 0 && OWN_PLACES.has(name) ? null : beside;
      if (entry.kind === "directory") {
        const directory = this.#given(shown, name, false, now);
        above.push({ shown: directory, work: work === null ? null : this.#given(work, name, true, now) });
      } else {
        const inode = this.#input(entry, depth, now);
        shown.put(name, inode);
        work?.put(name, inode);
      }
    }
  }

  #input(entry, depth, now) {
    if (entry.kind === "file") {
      return new Input(this.#nextInode++, now, entry.content, entry.size);
    }
    const { target } = entry;
    const bad = target.includes("\0") || Buffer.byteLength(target) > this.#profile.targetBytes;
    if (bad || !staysWithin(target, depth)) {
      throw hostDisk(`input ${entry.path} is a link out of its tree`);
    }
    return new Link(this.#nextInode++, true, now, target, this.#budget);
  }

  /**
   * Follows a path from a directory, and symbolic links from where they are. Nothing climbs above that directory, as WASI demands.
   * `paid` is called for each link that is followed.
   */
  resolve(from, text, last, paid) {
    const parts = reversedParts(text);
    let slash = text.endsWith("/");
    let at = from;
    let depth = 0;
    let links = 0;
    while (parts.length > 0) {
      const part = parts.pop();
      if (part === ".") {
        continue;
      }
      if (part === "..") {
        if (--depth < 0 || at.parent === null) {
          fail(Errno.NOTCAPABLE);
        }
        at = at.parent;
        continue;
      }
      // Three bytes are the most that a character has here.
      if (part.length * 3 > this.#profile.nameBytes && Buffer.byteLength(part) > this.#profile.nameBytes) {
        fail(Errno.NAMETOOLONG);
      }
      const inode = at.get(part);
      const ends = parts.length === 0;
      if (inode instanceof Link && (!ends || last === Last.FOLLOWED || (slash && last === Last.LOOKED_AT))) {
        if (++links > this.#profile.links) {
          fail(Errno.LOOP);
        }
        paid();
        slash ||= ends && inode.target.endsWith("/");
        parts.push(...reversedParts(inode.target));
        continue;
      }
      if (ends) {
        return new Place(at, part, inode, slash);
      }
      if (inode === null) {
        fail(Errno.NOENT);
      }
      if (!(inode instanceof Directory)) {
        fail(Errno.NOTDIR);
      }
      at = inode;
      depth++;
    }
    return new Place(at, null, at, false);
  }

  #mayEnter(parent, name) {
    if (below(parent, name) > this.#profile.pathBytes) {
      fail(Errno.NAMETOOLONG);
    }
    if (parent.removed) {
      fail(Errno.NOENT);
    }
  }

  #put(place, name, inode, now) {
    place.directory.put(name, inode);
    place.directory.modified = now;
  }

  createFile(place, now) {
    const name = place.changeable();
    this.#mayEnter(place.directory, name);
    this.#budget.takeEntry();
    const file = new Own(this.#nextInode++, now, this.#scratch, this.#budget);
    this.#put(place, name, file, now);
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
    this.#put(place, name, new Directory(this.#nextInode++, false, true, now, parent, name), now);
  }

  createLink(target, place, now) {
    place.isFree();
    const name = place.changeable();
    this.#mayEnter(place.directory, name);
    this.#budget.takeEntry();
    this.#budget.take(BigInt(Buffer.byteLength(target)));
    this.#put(place, name, new Link(this.#nextInode++, false, now, target, this.#budget), now);
  }

  /** Gives what is at a place one name more. */
  link(from, to, now) {
    const inode = from.existing();
    if (inode instanceof Directory) {
      fail(Errno.PERM);
    }
    if (inode.given) {
      fail(Errno.XDEV);
    }
    to.isFree();
    const name = to.changeable();
    this.#mayEnter(to.directory, name);
    this.#budget.takeEntry();
    inode.link();
    this.#put(to, name, inode, now);
  }

  #take(place, name, now) {
    place.directory.remove(name);
    place.directory.modified = now;
    this.#budget.giveBackEntry();
  }

  removeFile(place, now) {
    const inode = place.existing();
    const name = place.changeable();
    if (inode instanceof Directory) {
      fail(Errno.ISDIR);
    }
    requireOwn(inode);
    this.#take(place, name, now);
    inode.unlink();
  }

  removeDirectory(place, now) {
    const inode = place.existing();
    const name = place.changeable();
    if (!(inode instanceof Directory)) {
      fail(Errno.NOTDIR);
    }
    requireOwn(inode);
    if (inode.count > 0) {
      fail(Errno.NOTEMPTY);
    }
    this.#take(place, name, now);
    inode.orphan();
  }

  rename(from, to, now) {
    const moved = from.existing();
    const oldName = from.changeable();
    requireOwn(moved);
    const newName = to.changeable();
    const replaced = to.inode;
    const moving = moved instanceof Directory;
    if (to.mustBeDirectory && !moving) {
      fail(Errno.NOTDIR);
    }
    if (replaced === moved) {
      return;
    }
    if (moving) {
      for (let d = to.directory; d !== null; d = d.parent) {
        if (d === moved) {
          fail(Errno.INVAL);
        }
      }
      if (below(to.directory, newName) + moved.height > this.#profile.pathBytes) {
        fail(Errno.NAMETOOLONG);
      }
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
    from.directory.modified = now;
    this.#put(to, newName, moved, now);
  }

  /**
   * Gives away what is under /out, then what the program made in its working directory, a directory before what is in it, names in
   * order. A link that does not stay where it is is left out.
   */
  deliver(to) {
    this.#deliver(to, this.#out, `${OUT}/`, 0, []);
    this.#deliver(to, this.root, `${WORK}/`, 0, []);
  }

  /** `untold`: directories on the way that were given, and are told once something in them is. */
  #deliver(to, directory, prefix, depth, untold) {
    const tell = () => {
      for (const full of untold.splice(0)) {
        to.directory(full);
      }
    };
    for (const [name, inode] of directory.sorted()) {
      const full = prefix + name;
      if (inode instanceof Directory) {
        if (directory === this.root && OWN_PLACES.has(name)) {
          continue;
        }
        untold.push(full);
        if (!inode.given) {
          tell();
        }
        this.#deliver(to, inode, `${full}/`, depth + 1, untold);
        untold.pop();
      } else if (inode instanceof Link) {
        if (!inode.given && staysWithin(inode.target, depth)) {
          tell();
          to.link(full, inode.target);
        }
      } else if (!inode.given) {
        tell();
        deliverFile(to, full, inode);
      }
    }
  }
}

const requireOwn = (inode) => {
  if (inode.given) {
    fail(Errno.ROFS);
  }
};

const buffer = new Uint8Array(DELIVERED);

function deliverFile(to, full, file) {
  to.file(full, file.size);
  for (let at = 0n; at < file.size; at += BigInt(DELIVERED)) {
    const left = file.size - at;
    const length = left < BigInt(DELIVERED) ? Number(left) : DELIVERED;
    file.read(at, buffer, length);
    to.content(buffer, length);
  }
}
