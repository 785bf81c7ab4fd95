/// Bytes at rest: blobs addressed by their content, kept for their owners until an agreed time.
///
/// What lives here: [BlobId] and the Merkle tree behind it, and [BlobStore] on RocksDB. What must
/// not: anything that knows of chains, tasks, money or the network, and any clock: time comes in as
/// an argument.
@NullMarked
package hooke.storage;

import org.jspecify.annotations.NullMarked;
