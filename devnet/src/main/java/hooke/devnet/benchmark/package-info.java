/// How good the market is, measured on a devnet made for the purpose: blocks, milliseconds and gas
/// of a task's steps, and how busy many tasks keep the nodes. Figures in documents name the command
/// here that made them.
@NullMarked
package hooke.devnet.benchmark;

import org.jspecify.annotations.NullMarked;
