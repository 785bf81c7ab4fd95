/// `hooke ...`: options are read here, handed on as plain values, and answers are printed. Streams,
/// environment and connections are injected, so a test is a call. Nothing here decides or
/// remembers.
@NullMarked
package hooke.node.cli;

import org.jspecify.annotations.NullMarked;
