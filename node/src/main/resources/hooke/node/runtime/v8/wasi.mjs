// The WASI preview 1 functions of one run. Twin of Wasi.java: same answers, same fuel, in the same order, since what a program
// did before it ended at a limit is part of its result. Prices come from the node (`profile`), nothing is priced here. `old` marks
// a call by way of snapshot 0, wasi_unstable.
import fs from "node:fs";
import { Errno, WasiError, exited, onDisk, trapped } from "./halt.mjs";
import { Directory, Last, Link, bytewise, textOf } from "./files.mjs";
import { randomOf } from "./random.mjs";

const CHUNK = 64 << 10;
const MOST = 0x7fff_ffff;
const LAST = 0x7fff_ffff_ffff_ffffn;
const READ = 1n << 1n;
const WRITE = 1n << 6n;
const POLL = 1n << 27n;
// To change a file's size, at once or beforehand.
const RESIZE = (1n << 8n) | (1n << 22n);
const FILE_RIGHTS = 0x08e0_01ffn;
const FOLDER_RIGHTS = 0x0fb7_fe18n;
const APPEND = 1;
const START = 0;
const CURRENT = 1;
const END = 2;

const fail = (errno) => {
  throw new WasiError(errno);
};
const long = (value) => BigInt.asIntN(64, value);
const most = (a, b) => (a > b ? a : b);
const bytesOf = (strings) => strings.reduce((sum, string) => sum + string.length, 0);
const terminated = (text) => Buffer.from(`${text}\0`);

/** What a file descriptor number stands for. */
class Descriptor {
  /**
   * WASI's rights, which a program can lower, and what is told of the rights of whatever is opened in it. READ and WRITE decide;
   * the others are only told.
   */
  constructor(rights, inheriting) {
    this.rights = rights;
    this.inheriting = inheriting;
  }

  /** Whether it has all of these rights. */
  may(wanted) {
    return (wanted & ~this.rights) === 0n;
  }
}

/** Standard input: a host file read from start to end, or nothing. */
class In extends Descriptor {
  #fd;

  constructor(path) {
    super(READ | POLL, 0n);
    this.#fd = path === null ? -1 : onDisk(() => fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW));
  }

  /** Reads until `size` bytes are there or the stream ends. */
  read(to, size) {
    let done = 0;
    while (this.#fd >= 0 && done < size) {
      const n = onDisk(() => fs.readSync(this.#fd, to, done, size - done, null));
      if (n === 0) {
        break;
      }
      done += n;
    }
    return done;
  }

  close() {
    if (this.#fd >= 0) {
      onDisk(() => fs.closeSync(this.#fd));
    }
  }
}

class Log extends Descriptor {
  constructor(number) {
    super(WRITE | POLL, 0n);
    this.number = number;
  }
}

class Folder extends Descriptor {
  /** What a listing that started with cookie 0 saw; later cookies read on in it. */
  listing = null;

  constructor(directory, preopened) {
    super(FOLDER_RIGHTS, FOLDER_RIGHTS | FILE_RIGHTS);
    this.directory = directory;
    this.preopened = preopened;
  }
}

class OpenFile extends Descriptor {
  position = 0n;

  constructor(file, reads, writes, flags) {
    super(FILE_RIGHTS & ~(reads ? 0n : READ) & ~(writes ? 0n : WRITE | RESIZE), 0n);
    this.file = file;
    this.flags = flags;
  }
}

export class Wasi {
  #profile;
  #cost;
  #clocks;
  #files;
  #output;
  #budget;
  #args;
  #env;
  #argBytes;
  #envBytes;
  #random;
  #stdin;
  #descriptors = new Map();
  #buffer = new Uint8Array(CHUNK);
  #guest = null;

  constructor(profile, job, clocks, stdin, output, files, budget) {
    this.#profile = profile;
    this.#cost = Object.fromEntries(Object.entries(profile.schedule).map(([name, cost]) => [name, BigInt(cost)]));
    this.#clocks = clocks;
    this.#files = files;
    this.#output = output;
    this.#budget = budget;
    this.#args = job.args.map(terminated);
    this.#env = [...job.env.keys()].sort(bytewise).map((name) => terminated(`${name}=${job.env.get(name)}`));
    this.#argBytes = bytesOf(this.#args);
    this.#envBytes = bytesOf(this.#env);
    this.#random = randomOf(job);
    this.#stdin = new In(stdin);
    this.#descriptors.set(0, this.#stdin);
    this.#descriptors.set(1, new Log(1));
    this.#descriptors.set(2, new Log(2));
    this.#descriptors.set(3, new Folder(files.root, true));
  }

  /** The program, once it is instantiated. */
  begin(guest) {
    this.#guest = guest;
  }

  /** Closes what the program left open. */
  close() {
    for (const descriptor of this.#descriptors.values()) {
      if (descriptor instanceof OpenFile) {
        descriptor.file.close();
      }
    }
    this.#descriptors.clear();
    this.#stdin.close();
  }

  /** The functions that a module imports, for WebAssembly.Instance; the node has checked that there are no others. */
  imports(module) {
    const imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      const functions = from === this.#profile.unstableImportModule ? UNSTABLE_FUNCTIONS : FUNCTIONS;
      imports[from] ??= {};
      imports[from][name] = this.#called(functions[name] ?? this.#socket(name));
    }
    return imports;
  }

  #socket(name) {
    if (!name.startsWith(this.#profile.socket)) {
      throw new Error(`not a function of WASI: ${name}`);
    }
    return notSupported;
  }

  #called(body) {
    return (...args) => {
      this.#guest.charge(this.#cost.HOST_CALL);
      try {
        return body(this, this.#guest, ...args);
      } catch (e) {
        if (e instanceof WasiError) {
          return e.errno;
        }
        throw e;
      }
    };
  }

  now(g) {
    return this.#clocks.realtime(g);
  }

  clock(g, id) {
    switch (id) {
      case 0:
        return this.#clocks.realtime(g);
      case 1:
        return this.#clocks.monotonic(g);
      case 2:
      case 3:
        return g.used();
      default:
        return fail(Errno.INVAL);
    }
  }

  get args() {
    return this.#args;
  }

  get argBytes() {
    return this.#argBytes;
  }

  get env() {
    return this.#env;
  }

  get envBytes() {
    return this.#envBytes;
  }

  strings(g, strings, pointers, text) {
    let at = text;
    let pointer = pointers;
    g.charge(this.#eights(strings.length));
    for (const string of strings) {
      g.charge(BigInt(string.length));
      g.writeInt(pointer, at);
      g.write(at, string, string.length);
      pointer = (pointer + 4) | 0;
      at = (at + string.length) | 0;
    }
    return Errno.SUCCESS;
  }

  sizes(g, strings, size, count, bytes) {
    g.writeInt(count, strings.length);
    g.writeInt(bytes, size);
    return Errno.SUCCESS;
  }

  #eights(count) {
    return BigInt(count >> 3) * this.#cost.HOST_EIGHT;
  }

  descriptor(fd) {
    return this.#descriptors.get(fd) ?? fail(Errno.BADF);
  }

  preopened(fd) {
    const descriptor = this.descriptor(fd);
    if (!(descriptor instanceof Folder && descriptor.preopened)) {
      fail(Errno.BADF);
    }
  }

  file(fd) {
    const descriptor = this.descriptor(fd);
    if (descriptor instanceof OpenFile) {
      return descriptor;
    }
    return fail(descriptor instanceof Folder ? Errno.ISDIR : Errno.SPIPE);
  }

  writableFile(fd) {
    const open = this.file(fd);
    require(open, WRITE);
    return open;
  }

  /** A directory's descriptor is one for its place only, and Linux takes such a one for nothing else. */
  noSocket(fd) {
    return this.descriptor(fd) instanceof Folder ? Errno.BADF : Errno.NOTSOCK;
  }

  place(g, fd, path, length, last) {
    const descriptor = this.descriptor(fd);
    if (!(descriptor instanceof Folder)) {
      fail(Errno.NOTDIR);
    }
    const text = this.#text(g, path, length, this.#profile.path);
    return this.#files.resolve(descriptor.directory, text, last, () => g.charge(this.#cost.HOST_PATH));
  }

  /** As [place], for a name that is made, moved or taken away. */
  changed(g, fd, path, length) {
    return this.place(g, fd, path, length, Last.CHANGED);
  }

  change(g) {
    g.charge(this.#cost.HOST_CHANGE);
  }

  #text(g, at, length, most) {
    if (length >>> 0 > most) {
      fail(Errno.NAMETOOLONG);
    }
    g.charge(this.#cost.HOST_PATH);
    const bytes = new Uint8Array(length);
    g.read(at, bytes, length);
    return textOf(bytes);
  }

  target(g, at, length) {
    return this.#text(g, at, length, this.#profile.targetBytes);
  }

  readLink(g, fd, path, length, to, room, result) {
    g.check(result, 4);
    const inode = this.place(g, fd, path, length, Last.LOOKED_AT).existing();
    if (!(inode instanceof Link)) {
      fail(Errno.INVAL);
    }
    const target = Buffer.from(inode.target);
    const size = Math.min(target.length, room >>> 0);
    g.charge(BigInt(size) * this.#cost.HOST_BYTE);
    g.write(to, target, size);
    g.writeInt(result, size);
    return Errno.SUCCESS;
  }

  get files() {
    return this.#files;
  }

  #add(descriptor) {
    if (this.#descriptors.size >= this.#profile.descriptors) {
      fail(Errno.MFILE);
    }
    let fd = 0;
    while (this.#descriptors.has(fd)) {
      fd++;
    }
    this.#descriptors.set(fd, descriptor);
    return fd;
  }

  open(g, fd, follow, path, length, oflags, rights, flags, result) {
    const create = (oflags & 1) !== 0;
    const directory = (oflags & 2) !== 0;
    const exclusive = (oflags & 4) !== 0;
    const truncate = (oflags & 8) !== 0;
    const reads = (rights & READ) !== 0n;
    const writes = (rights & WRITE) !== 0n;
    g.check(result, 4);
    // What is to be new is not looked for where a link leads.
    const place = this.place(g, fd, path, length, create && exclusive ? Last.LOOKED_AT : lastOf(follow));
    if (this.#descriptors.size >= this.#profile.descriptors) {
      fail(Errno.MFILE);
    }
    let inode = place.inode;
    if (inode !== null && create && exclusive) {
      fail(Errno.EXIST);
    }
    if (inode === null && create && !directory && !place.mustBeDirectory) {
      g.charge(this.#cost.HOST_CHANGE);
      inode = this.#files.createFile(place, this.now(g));
    }
    if (inode === null) {
      fail(Errno.NOENT);
    }
    let opened;
    if (inode instanceof Directory) {
      if (truncate || create || writes) {
        fail(Errno.ISDIR);
      }
      opened = new Folder(inode, false);
    } else if (inode instanceof Link) {
      fail(directory ? Errno.NOTDIR : Errno.LOOP);
    } else {
      if (directory || place.mustBeDirectory) {
        fail(Errno.NOTDIR);
      }
      if ((writes || truncate) && !inode.writable) {
        fail(Errno.ROFS);
      }
      inode.open();
      if (truncate) {
        inode.resize(0n);
        inode.modified = this.now(g);
      }
      opened = new OpenFile(inode, reads, writes, flags & 0x1f);
    }
    g.writeInt(result, this.#add(opened));
    return Errno.SUCCESS;
  }

  closeDescriptor(fd) {
    const descriptor = this.descriptor(fd);
    if (descriptor instanceof OpenFile) {
      descriptor.file.close();
    }
    this.#descriptors.delete(fd);
    return Errno.SUCCESS;
  }

  renumber(from, to) {
    const moved = this.descriptor(from);
    this.descriptor(to);
    if (from !== to) {
      this.closeDescriptor(to);
      this.#descriptors.delete(from);
      this.#descriptors.set(to, moved);
    }
    return Errno.SUCCESS;
  }

  allocate(fd, offset, length) {
    const open = this.writableFile(fd);
    if (offset < 0n || length <= 0n) {
      fail(Errno.INVAL);
    }
    if (offset + length > LAST) {
      fail(Errno.FBIG);
    }
    open.file.reserve(offset + length);
    return Errno.SUCCESS;
  }

  descriptorStat(g, fd, to) {
    const descriptor = this.descriptor(fd);
    g.check(to, 24);
    const inode = inodeOf(descriptor);
    const flags = descriptor instanceof OpenFile ? descriptor.flags : 0;
    g.writeLong(to, BigInt((inode?.type ?? 0) | (flags << 16)));
    g.writeLong(to + 8, descriptor.rights);
    g.writeLong(to + 16, descriptor.inheriting);
    return Errno.SUCCESS;
  }

  /** Rights are only ever given up. */
  setRights(fd, rights, inheriting) {
    const descriptor = this.descriptor(fd);
    if (!descriptor.may(rights) || (inheriting & ~descriptor.inheriting) !== 0n) {
      fail(Errno.NOTCAPABLE);
    }
    descriptor.rights = rights;
    descriptor.inheriting = inheriting;
    return Errno.SUCCESS;
  }

  setFlags(fd, flags) {
    if ((flags & ~0x1f) !== 0) {
      fail(Errno.INVAL);
    }
    const descriptor = this.descriptor(fd);
    if (descriptor instanceof OpenFile) {
      descriptor.flags = flags;
    } else if (descriptor instanceof Folder) {
      fail(Errno.ISDIR);
    }
    // Streams never block and always append: programs that ask for it get what they want.
    return Errno.SUCCESS;
  }

  descriptorFileStat(g, old, fd, to) {
    return this.fileStat(g, old, inodeOf(this.descriptor(fd)), to);
  }

  /** `inode`: null for a stream, of which nothing is known. */
  fileStat(g, old, inode, to) {
    g.check(to, old ? 56 : 64);
    const type = BigInt(inode?.type ?? 0);
    const names = BigInt(inode?.names ?? 1);
    g.writeLong(to, inode === null ? 0n : 1n);
    g.writeLong(to + 8, inode?.number ?? 0n);
    let at = to + 16;
    if (old) {
      g.writeLong(at, type | (names << 32n));
      at += 8;
    } else {
      g.writeLong(at, type);
      g.writeLong(at + 8, names);
      at += 16;
    }
    g.writeLong(at, inode?.size ?? 0n);
    g.writeLong(at + 8, inode?.accessed ?? 0n);
    g.writeLong(at + 16, inode?.modified ?? 0n);
    g.writeLong(at + 24, inode?.modified ?? 0n);
    return Errno.SUCCESS;
  }

  timed(fd) {
    return inodeOf(this.descriptor(fd)) ?? fail(Errno.NOTSUP);
  }

  setTimes(g, inode, accessed, modified, flags) {
    if ((flags & ~0xf) !== 0 || (flags & 3) === 3 || (flags & 12) === 12) {
      fail(Errno.INVAL);
    }
    if (!inode.writable) {
      fail(Errno.ROFS);
    }
    if ((flags & 3) !== 0) {
      inode.accessed = (flags & 1) !== 0 ? accessed : this.now(g);
    }
    if ((flags & 12) !== 0) {
      inode.modified = (flags & 4) !== 0 ? modified : this.now(g);
    }
    return Errno.SUCCESS;
  }

  seek(g, fd, offset, whence, to) {
    const open = this.descriptor(fd);
    if (!(open instanceof OpenFile)) {
      // Of a directory not "is a directory", which is for those who would read or write it.
      fail(open instanceof Folder ? Errno.BADF : Errno.SPIPE);
    }
    g.check(to, 8);
    let base;
    switch (whence) {
      case START:
        base = 0n;
        break;
      case CURRENT:
        base = open.position;
        break;
      case END:
        base = open.file.size;
        break;
      default:
        fail(Errno.INVAL);
    }
    const target = long(base + offset);
    if (target < 0n) {
      fail(Errno.INVAL);
    }
    open.position = target;
    g.writeLong(to, target);
    return Errno.SUCCESS;
  }

  /** The buffers of a read or write, all of them in memory, as address and length in turn. */
  vectors(g, at, count) {
    if (count >>> 0 > this.#profile.vectors) {
      fail(Errno.INVAL);
    }
    g.charge(this.#eights(count));
    const vectors = [];
    for (let n = 0; n < count; n++) {
      const address = g.readInt((at + 8 * n) | 0);
      const length = g.readInt((at + 8 * n + 4) | 0) >>> 0;
      g.check(address, length);
      vectors.push(address, length);
    }
    return vectors;
  }

  read(g, fd, vector, count, result) {
    g.charge(this.#cost.HOST_TRANSFER);
    g.check(result, 4);
    const descriptor = this.descriptor(fd);
    if (descriptor instanceof In) {
      g.writeInt(result, this.#readStream(g, descriptor, this.vectors(g, vector, count)));
    } else if (descriptor instanceof OpenFile) {
      const n = this.#readFile(g, descriptor, this.vectors(g, vector, count), descriptor.position);
      descriptor.position += BigInt(n);
      g.writeInt(result, n);
    } else {
      fail(descriptor instanceof Folder ? Errno.ISDIR : Errno.BADF);
    }
    return Errno.SUCCESS;
  }

  readAt(g, fd, vector, count, offset, result) {
    g.charge(this.#cost.HOST_TRANSFER);
    g.check(result, 4);
    if (offset < 0n) {
      fail(Errno.INVAL);
    }
    const open = this.file(fd);
    g.writeInt(result, this.#readFile(g, open, this.vectors(g, vector, count), offset));
    return Errno.SUCCESS;
  }

  #readFile(g, open, vectors, from) {
    require(open, READ);
    const beyond = most(0n, open.file.size - from);
    const wanted = Math.min(total(vectors), MOST);
    const left = beyond < BigInt(wanted) ? Number(beyond) : wanted;
    g.charge(BigInt(left) * this.#cost.HOST_BYTE);
    // The file is read in large pieces, however small the buffers are.
    let n = 0;
    let filled = 0;
    for (let done = 0; done < left; ) {
      const size = Math.min(CHUNK, left - done);
      open.file.read(from + BigInt(done), this.#buffer, size);
      for (let given = 0; given < size; ) {
        const room = vectors[n + 1] - filled;
        if (room === 0) {
          n += 2;
          filled = 0;
          continue;
        }
        const part = Math.min(room, size - given);
        g.write((vectors[n] + filled) | 0, this.#buffer.subarray(given, given + part), part);
        given += part;
        filled += part;
      }
      done += size;
    }
    return left;
  }

  /** Fills the buffers as far as the stream goes. Short reads happen only at its end. */
  #readStream(g, stream, vectors) {
    require(stream, READ);
    let done = 0;
    for (let n = 0; n < vectors.length; n += 2) {
      const length = Math.min(vectors[n + 1], MOST - done);
      for (let part = 0; part < length; ) {
        const size = Math.min(CHUNK, length - part);
        const got = stream.read(this.#buffer, size);
        g.charge(BigInt(got) * this.#cost.HOST_BYTE);
        g.write((vectors[n] + part) | 0, this.#buffer, got);
        part += got;
        done += got;
        if (got < size) {
          return done;
        }
      }
    }
    return done;
  }

  write(g, fd, vector, count, result) {
    g.charge(this.#cost.HOST_TRANSFER);
    g.check(result, 4);
    const descriptor = this.descriptor(fd);
    if (descriptor instanceof Log) {
      const vectors = this.vectors(g, vector, count);
      require(descriptor, WRITE);
      const length = this.#writeLength(g, vectors);
      this.#budget.take(BigInt(length));
      this.#writeStream(g, descriptor, vectors);
      g.writeInt(result, length);
    } else if (descriptor instanceof OpenFile) {
      if ((descriptor.flags & APPEND) !== 0) {
        descriptor.position = descriptor.file.size;
      }
      const n = this.#writeFile(g, descriptor, this.vectors(g, vector, count), descriptor.position);
      descriptor.position += BigInt(n);
      g.writeInt(result, n);
    } else {
      fail(descriptor instanceof Folder ? Errno.ISDIR : Errno.BADF);
    }
    return Errno.SUCCESS;
  }

  writeAt(g, fd, vector, count, offset, result) {
    g.charge(this.#cost.HOST_TRANSFER);
    g.check(result, 4);
    if (offset < 0n) {
      fail(Errno.INVAL);
    }
    const open = this.file(fd);
    g.writeInt(result, this.#writeFile(g, open, this.vectors(g, vector, count), offset));
    return Errno.SUCCESS;
  }

  #writeLength(g, vectors) {
    const length = total(vectors);
    if (length > MOST) {
      fail(Errno.INVAL);
    }
    g.charge(BigInt(length) * this.#cost.HOST_BYTE);
    return length;
  }

  #writeFile(g, open, vectors, at) {
    require(open, WRITE);
    const length = this.#writeLength(g, vectors);
    if (at + BigInt(length) > LAST) {
      fail(Errno.FBIG);
    }
    if (length > 0) {
      open.file.reserve(at + BigInt(length));
    }
    // The file is written in large pieces, however small the buffers are.
    let done = 0;
    let gathered = 0;
    const put = () => {
      open.file.write(at + BigInt(done), this.#buffer, gathered);
      done += gathered;
      gathered = 0;
    };
    for (let n = 0; n < vectors.length; n += 2) {
      for (let part = 0; part < vectors[n + 1]; ) {
        const size = Math.min(CHUNK - gathered, vectors[n + 1] - part);
        g.read((vectors[n] + part) | 0, this.#buffer.subarray(gathered, gathered + size), size);
        gathered += size;
        part += size;
        if (gathered === CHUNK) {
          put();
        }
      }
    }
    if (gathered > 0) {
      put();
    }
    open.file.modified = this.now(g);
    return done;
  }

  #writeStream(g, log, vectors) {
    // In large pieces, however small the buffers are.
    let gathered = 0;
    const put = () => {
      this.#output.stream(log.number, this.#buffer, gathered);
      gathered = 0;
    };
    for (let n = 0; n < vectors.length; n += 2) {
      for (let part = 0; part < vectors[n + 1]; ) {
        const size = Math.min(CHUNK - gathered, vectors[n + 1] - part);
        g.read((vectors[n] + part) | 0, this.#buffer.subarray(gathered, gathered + size), size);
        gathered += size;
        part += size;
        if (gathered === CHUNK) {
          put();
        }
      }
    }
    if (gathered > 0) {
      put();
    }
  }

  list(g, fd, to, length, cookie, result) {
    const folder = this.descriptor(fd);
    if (!(folder instanceof Folder)) {
      fail(Errno.NOTDIR);
    }
    const room = length >>> 0;
    g.check(to, room);
    g.check(result, 4);
    let listing = folder.listing;
    if (cookie === 0n || listing === null) {
      listing = entriesOf(folder.directory);
      folder.listing = listing;
      g.charge(BigInt(listing.length) * this.#cost.HOST_ENTRY);
    }
    if (cookie < 0n || cookie > BigInt(listing.length)) {
      fail(Errno.INVAL);
    }
    let used = 0;
    for (let n = Number(cookie); n < listing.length && used < room; n++) {
      const record = recordOf(listing[n], n + 1);
      const size = Math.min(record.length, room - used);
      g.charge(this.#cost.HOST_ENTRY);
      g.write((to + used) | 0, record, size);
      used += size;
    }
    g.writeInt(result, used);
    return Errno.SUCCESS;
  }

  random(g, to, length) {
    const left = length >>> 0;
    g.check(to, left);
    g.charge(BigInt(left) * this.#cost.HOST_RANDOM_BYTE);
    for (let part = 0; part < left; part += CHUNK) {
      const size = Math.min(CHUNK, left - part);
      this.#random.fill(this.#buffer, size);
      g.write((to + part) | 0, this.#buffer, size);
    }
    return Errno.SUCCESS;
  }

  /** Files and streams are always ready. With timers alone, it sleeps until the earliest. */
  poll(g, old, from, to, count, result) {
    if (count <= 0 || count > this.#profile.vectors) {
      fail(Errno.INVAL);
    }
    // Snapshot 0 puts a timer's name, 64 bits, before its clock.
    const timer = old ? 24 : 16;
    const subscription = timer + 32;
    g.check(from, subscription * count);
    g.check(to, 32 * count);
    g.check(result, 4);
    g.charge(BigInt(count) * this.#cost.HOST_ENTRY);
    const start = this.now(g);
    const timers = [];
    let events = 0;
    for (let n = 0; n < count; n++) {
      const at = (from + subscription * n) | 0;
      const userData = g.readLong(at);
      const tag = g.readInt((at + 8) | 0) & 0xff;
      if (tag === 0) {
        const id = g.readInt((at + timer) | 0);
        const timeout = g.readLong((at + timer + 8) | 0);
        const absolute = (g.readInt((at + timer + 24) | 0) & 1) !== 0;
        const zero = absolute ? long(start - this.clock(g, id)) : start;
        const deadline = long(zero + timeout);
        // A timeout is unsigned: what overflows lies beyond the end of time.
        timers.push({ userData, deadline: timeout < 0n || deadline < timeout ? LAST : deadline });
      } else if (tag <= 2) {
        const errno = this.#descriptors.has(g.readInt((at + 16) | 0)) ? Errno.SUCCESS : Errno.BADF;
        event(g, (to + 32 * events++) | 0, userData, errno, tag);
      } else {
        fail(Errno.INVAL);
      }
    }
    let now = start;
    if (events === 0) {
      const earliest = timers.reduce((least, each) => (each.deadline < least ? each.deadline : least), LAST);
      if (earliest === LAST) {
        throw trapped("the program sleeps for ever");
      }
      now = long(start + this.#clocks.sleep(most(0n, long(earliest - start))));
    }
    for (const each of timers) {
      if (each.deadline <= now) {
        event(g, (to + 32 * events++) | 0, each.userData, Errno.SUCCESS, 0);
      }
    }
    g.writeInt(result, events);
    return Errno.SUCCESS;
  }
}

function require(descriptor, right) {
  if (!descriptor.may(right)) {
    fail(Errno.BADF);
  }
}

/** What a descriptor is open on; null for a stream. */
function inodeOf(descriptor) {
  if (descriptor instanceof OpenFile) {
    return descriptor.file;
  }
  return descriptor instanceof Folder ? descriptor.directory : null;
}

const lastOf = (lookupFlags) => ((lookupFlags & 1) !== 0 ? Last.FOLLOWED : Last.LOOKED_AT);

function total(vectors) {
  let sum = 0;
  for (let n = 1; n < vectors.length; n += 2) {
    sum += vectors[n];
  }
  return sum;
}

function entriesOf(directory) {
  const named = [[".", directory], ["..", directory.parent ?? directory], ...directory.sorted()];
  return named.map(([name, inode]) => ({ name, inode: inode.number, type: inode.type }));
}

function recordOf(entry, next) {
  const name = Buffer.from(entry.name);
  const record = new Uint8Array(24 + name.length);
  const view = new DataView(record.buffer);
  view.setBigInt64(0, BigInt(next), true);
  view.setBigInt64(8, entry.inode, true);
  view.setUint16(16, name.length, true);
  record[20] = entry.type;
  record.set(name, 24);
  return record;
}

function event(g, at, userData, errno, tag) {
  g.writeLong(at, userData);
  g.writeLong((at + 8) | 0, BigInt(errno | (tag << 16)));
  g.writeLong((at + 16) | 0, tag === 0 ? 0n : BigInt(CHUNK));
  g.writeLong((at + 24) | 0, 0n);
}

const known = (w, fd) => {
  w.descriptor(fd);
  return Errno.SUCCESS;
};
const notSupported = () => Errno.NOTSUP;
// A program may import it with any parameters.
const socket = (w, g, fd) => (fd === undefined ? Errno.NOTSUP : w.noSocket(Number(BigInt.asIntN(32, BigInt(fd)))));

// Each is given the run and the program, then the program's arguments: i32 as numbers, i64 as bigints.
const FUNCTIONS = {
  args_get: (w, g, pointers, text) => w.strings(g, w.args, pointers, text),
  args_sizes_get: (w, g, count, bytes) => w.sizes(g, w.args, w.argBytes, count, bytes),
  environ_get: (w, g, pointers, text) => w.strings(g, w.env, pointers, text),
  environ_sizes_get: (w, g, count, bytes) => w.sizes(g, w.env, w.envBytes, count, bytes),
  clock_res_get: (w, g, id, to) => {
    w.clock(g, id);
    g.writeLong(to, 1n);
    return Errno.SUCCESS;
  },
  clock_time_get: (w, g, id, precision, to) => {
    g.writeLong(to, w.clock(g, id));
    return Errno.SUCCESS;
  },
  fd_advise: (w, g, fd) => known(w, fd),
  fd_allocate: (w, g, fd, offset, length) => w.allocate(fd, offset, length),
  fd_close: (w, g, fd) => w.closeDescriptor(fd),
  fd_datasync: (w, g, fd) => known(w, fd),
  fd_fdstat_get: (w, g, fd, to) => w.descriptorStat(g, fd, to),
  fd_fdstat_set_flags: (w, g, fd, flags) => w.setFlags(fd, flags),
  fd_fdstat_set_rights: (w, g, fd, rights, inheriting) => w.setRights(fd, rights, inheriting),
  fd_filestat_get: (w, g, fd, to) => w.descriptorFileStat(g, false, fd, to),
  fd_filestat_set_size: (w, g, fd, size) => {
    if (size < 0n) {
      fail(Errno.INVAL);
    }
    w.writableFile(fd).file.resize(size);
    return Errno.SUCCESS;
  },
  fd_filestat_set_times: (w, g, fd, accessed, modified, flags) =>
    w.setTimes(g, w.timed(fd), accessed, modified, flags),
  fd_pread: (w, g, fd, vector, count, offset, result) => w.readAt(g, fd, vector, count, offset, result),
  fd_prestat_get: (w, g, fd, to) => {
    w.preopened(fd);
    g.writeInt(to, 0);
    g.writeInt((to + 4) | 0, 1);
    return Errno.SUCCESS;
  },
  fd_prestat_dir_name: (w, g, fd, to, length) => {
    w.preopened(fd);
    if (length === 0) {
      fail(Errno.NAMETOOLONG);
    }
    g.write(to, Buffer.from("/"), 1);
    return Errno.SUCCESS;
  },
  fd_pwrite: (w, g, fd, vector, count, offset, result) => w.writeAt(g, fd, vector, count, offset, result),
  fd_read: (w, g, fd, vector, count, result) => w.read(g, fd, vector, count, result),
  fd_readdir: (w, g, fd, to, length, cookie, result) => w.list(g, fd, to, length, cookie, result),
  fd_renumber: (w, g, from, to) => w.renumber(from, to),
  fd_seek: (w, g, fd, offset, whence, to) => w.seek(g, fd, offset, whence, to),
  fd_sync: (w, g, fd) => known(w, fd),
  fd_tell: (w, g, fd, to) => w.seek(g, fd, 0n, CURRENT, to),
  fd_write: (w, g, fd, vector, count, result) => w.write(g, fd, vector, count, result),
  path_create_directory: (w, g, fd, path, length) => {
    w.change(g);
    w.files.createDirectory(w.changed(g, fd, path, length), w.now(g));
    return Errno.SUCCESS;
  },
  path_filestat_get: (w, g, fd, follow, path, length, to) =>
    w.fileStat(g, false, w.place(g, fd, path, length, lastOf(follow)).existing(), to),
  path_filestat_set_times: (w, g, fd, follow, path, length, accessed, modified, flags) =>
    w.setTimes(g, w.place(g, fd, path, length, lastOf(follow)).existing(), accessed, modified, flags),
  path_link: (w, g, fd, follow, path, length, toFd, toPath, toLength) => {
    w.change(g);
    const from = w.place(g, fd, path, length, lastOf(follow));
    w.files.link(from, w.changed(g, toFd, toPath, toLength), w.now(g));
    return Errno.SUCCESS;
  },
  path_open: (w, g, fd, follow, path, length, oflags, rights, inheriting, flags, result) =>
    w.open(g, fd, follow, path, length, oflags, rights, flags, result),
  path_readlink: (w, g, fd, path, length, to, room, result) => w.readLink(g, fd, path, length, to, room, result),
  path_remove_directory: (w, g, fd, path, length) => {
    w.change(g);
    w.files.removeDirectory(w.changed(g, fd, path, length), w.now(g));
    return Errno.SUCCESS;
  },
  path_rename: (w, g, fd, path, length, toFd, toPath, toLength) => {
    w.change(g);
    const from = w.changed(g, fd, path, length);
    w.files.rename(from, w.changed(g, toFd, toPath, toLength), w.now(g));
    return Errno.SUCCESS;
  },
  path_symlink: (w, g, targetAt, targetLength, fd, path, length) => {
    w.change(g);
    const target = w.target(g, targetAt, targetLength);
    w.files.createLink(target, w.changed(g, fd, path, length), w.now(g));
    return Errno.SUCCESS;
  },
  path_unlink_file: (w, g, fd, path, length) => {
    w.change(g);
    w.files.removeFile(w.changed(g, fd, path, length), w.now(g));
    return Errno.SUCCESS;
  },
  poll_oneoff: (w, g, from, to, count, result) => w.poll(g, false, from, to, count, result),
  proc_exit: (w, g, code) => {
    throw exited(code);
  },
  proc_raise: notSupported,
  random_get: (w, g, to, length) => w.random(g, to, length),
  sched_yield: () => Errno.SUCCESS,
  sock_accept: socket,
  sock_recv: socket,
  sock_send: socket,
  sock_shutdown: socket,
};

// Snapshot 0 counts current, end, start.
const OLD_WHENCE = [CURRENT, END, START];
const UNSTABLE_FUNCTIONS = {
  ...FUNCTIONS,
  fd_filestat_get: (w, g, fd, to) => w.descriptorFileStat(g, true, fd, to),
  fd_seek: (w, g, fd, offset, whence, to) => w.seek(g, fd, offset, OLD_WHENCE[whence] ?? whence, to),
  path_filestat_get: (w, g, fd, follow, path, length, to) =>
    w.fileStat(g, true, w.place(g, fd, path, length, lastOf(follow)).existing(), to),
  poll_oneoff: (w, g, from, to, count, result) => w.poll(g, true, from, to, count, result),
};
