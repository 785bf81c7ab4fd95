/// What a task is and what it gives, as values and bytes that every party reads alike: the
/// canonical spec, the archive in which files travel, the leaf whose hash goes on chain, the unit
/// of price. Market, tasks and API are built on these; nothing here talks to a chain, a node or a
/// user.
@NullMarked
package hooke.node.spec;

import org.jspecify.annotations.NullMarked;
