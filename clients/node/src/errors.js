/**
 * Something could not be done. `reason` is for programs: a node's own (the catalogue in proto/README.md), the name of a
 * contract's error, or one of the reasons below. The message is for people; `metadata` has the values.
 *
 * | reason | |
 * | --- | --- |
 * | UNREACHABLE, TIMEOUT, UNEXPECTED | no answer of a node's, none in time, or none of Hooke's |
 * | WRONG_KEY | whoever answers does not have the TLS key that is registered on chain |
 * | WRONG_CHAIN | another chain, genesis or contract than the network says |
 * | BAD_INPUT | a file, name or number that cannot be used |
 * | BAD_PASSWORD, BAD_KEYSTORE | the wallet's file cannot be opened |
 * | NO_OFFER | nobody would take the order; `metadata` has each node's reason |
 * | NO_FUNDS | tokens are missing |
 * | UNKNOWN_ORDER | the chain knows no such order |
 * | NO_RESULT | the order ended without a paid result |
 * | BAD_RESULT | what a node served is not what it claims, or not what the chain says |
 */
export class HookeError extends Error {
  /**
   * @param {string} reason
   * @param {string} message
   * @param {{ metadata?: Record<string, string>, cause?: unknown }} [more]
   */
  constructor(reason, message, { metadata = {}, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HookeError';
    this.reason = reason;
    this.metadata = metadata;
  }
}

/**
 * The text of whatever was thrown.
 *
 * @param {unknown} thrown
 */
export function messageOf(thrown) {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
