/// Claims about blobs, on a real RocksDB.
@NullMarked
package hooke.storage;

import org.jspecify.annotations.NullMarked;
