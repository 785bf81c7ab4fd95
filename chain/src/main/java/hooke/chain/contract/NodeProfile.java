package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;

/// What an operator publishes about one machine.
///
/// @param key hot key that may bid, deliver, commit, reveal and answer, and nothing else
/// @param endpoint `host:port` of its API
/// @param tlsKeyHash SHA-256 of the SubjectPublicKeyInfo of its TLS certificate: clients pin it
/// @param attributes free text for people and placement
public record NodeProfile(
    Address key,
    String endpoint,
    Bytes32 tlsKeyHash,
    int cpuMillis,
    int memoryMib,
    int diskMib,
    String attributes) {}
