/// The API as HTTP and JSON: finds the method that a path means, reads parameters and bodies as its
/// request, strictly, and writes answers and refusals. What a method does, and who may call it, is
/// the same as by gRPC and lives in `hooke.node.rpc`.
@NullMarked
package hooke.node.rpc.json;

import org.jspecify.annotations.NullMarked;
