/// The node's API, both ends of it: the server on one TLS port and the client that pins the
/// server's key and signs access tokens. It checks who may ask what and translates between
/// `hooke.v1` and the node's own types; decisions about work and money live in `hooke.node.market`.
@NullMarked
package hooke.node.rpc;

import org.jspecify.annotations.NullMarked;
