/// Running a metered module inside this JVM. Engines differ in speed and must not differ in
/// anything a program can see.
///
/// In a node only worker processes use this package: the node's own JVM never loads a stranger's
/// code. Tests may.
@NullMarked
package hooke.node.runtime.engine;

import org.jspecify.annotations.NullMarked;
