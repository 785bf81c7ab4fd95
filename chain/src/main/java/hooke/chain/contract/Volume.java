package hooke.chain.contract;

import hooke.chain.Address;

/// A volume as the law keeps it: what it has beyond its lease order.
///
/// @param delegate who may endorse beside the owner; zero: nobody
/// @param quotaMib no anchor has more than 1,024 leaves for each
/// @param epochSeconds as in the terms; epoch 0 begins when the order was made
/// @param drawOneIn as in the terms
/// @param drawableFrom first epoch that can be drawn; 0: no anchor yet
/// @param drawnEpoch the last epoch that was drawn; 0: none
/// @param seedBlock the block whose hash is that draw's seed
public record Volume(
    Address owner,
    Address delegate,
    int quotaMib,
    int epochSeconds,
    int drawOneIn,
    long drawableFrom,
    long drawnEpoch,
    long seedBlock) {}
