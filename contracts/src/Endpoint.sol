// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The form of a node's endpoint: `host:port`, perhaps behind `https://`.
/// @dev The host is made of letters, digits, `.`, `-` and `_`, or is an IPv6 address in brackets; the port is from 1 to 65,535 without
/// leading zeros. Whether anybody answers there is not the law's to know.
library Endpoint {
    /// @dev Bit n: the ASCII character n may stand there.
    uint256 private constant DIGITS = 0x3ff << 48;
    uint256 private constant HEX = DIGITS | (0x3f << 65) | (0x3f << 97);
    uint256 private constant NAME = DIGITS | (0x3ffffff << 65) | (0x3ffffff << 97) | (1 << 45) | (1 << 46) | (1 << 95);
    uint256 private constant IPV6 = HEX | (1 << 46) | (1 << 58);

    function isOne(bytes calldata text) internal pure returns (bool) {
        uint256 start = text.length > 8 && bytes8(text) == "https://" ? 8 : 0;
        uint256 colon = text.length;
        uint256 port = 0;
        uint256 unit = 1;
        uint256 digit = 0;
        while (true) {
            if (colon == start) return false;
            uint256 each = uint8(text[--colon]);
            if (each == 0x3a) break;
            if (each < 0x30 || each > 0x39 || unit > 10_000) return false;
            digit = each - 0x30;
            port += digit * unit;
            unit *= 10;
        }
        // The digit that was read last is the first.
        if (digit == 0 || port > type(uint16).max || colon == start) return false;
        if (text[start] != "[") return _consistsOf(text[start:colon], NAME);
        return colon - start > 2 && text[colon - 1] == "]" && _consistsOf(text[start + 1:colon - 1], IPV6);
    }

    function _consistsOf(bytes calldata text, uint256 characters) private pure returns (bool) {
        for (uint256 i = 0; i < text.length; ++i) {
            if ((characters >> uint8(text[i])) & 1 == 0) return false;
        }
        return true;
    }
}
