/// What developers in other languages rely on: vectors that Java and JavaScript check alike, the
/// catalogue of reasons, the port as strangers call it, and the Node.js client on a devnet.
@NullMarked
package hooke.devnet.languages;

import org.jspecify.annotations.NullMarked;
