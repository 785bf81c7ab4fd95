/// Reading of YAML with units: node configuration and task files. An unknown key, a wrong type and
/// a number out of range are errors that name the field and the line's meaning. Nothing here opens
/// a socket or a database.
@NullMarked
package hooke.node.config;

import org.jspecify.annotations.NullMarked;
