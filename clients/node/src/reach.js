import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv4 } from 'node:net';
import { HookeError } from './errors.js';
import { shown } from './words.js';

/** What no node can have: unspecified, link-local, multicast, reserved; by the registries of IANA (RFC 6890). */
const NEVER = new BlockList();
for (const [net, bits] of /** @type {[string, number][]} */ ([['0.0.0.0', 8], ['169.254.0.0', 16], ['192.0.0.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4]])) {
  NEVER.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of /** @type {[string, number][]} */ ([['::', 128], ['fe80::', 10], ['ff00::', 8], ['2001::', 32]])) {
  NEVER.addSubnet(net, bits, 'ipv6');
}

/** Loopback and private ones: a network of one machine, or of one house. */
const PRIVATE = new BlockList();
for (const [net, bits] of /** @type {[string, number][]} */ ([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
])) {
  PRIVATE.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of /** @type {[string, number][]} */ ([['::1', 128], ['fc00::', 7], ['fec0::', 10]])) {
  PRIVATE.addSubnet(net, bits, 'ipv6');
}

/** The one part of IPv6 that is given out to hosts. */
const GIVEN = new BlockList();
GIVEN.addSubnet('2000::', 3, 'ipv6');

const ENDPOINT = /^(?:https:\/\/)?(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+)):([1-9][0-9]{0,4})\/?$/;

/**
 * Where a node answers, as anybody may have registered it.
 *
 * @param {string} text
 * @returns {{ host: string, port: number } | undefined} undefined for what is no endpoint
 */
export function parseEndpoint(text) {
  const [, ipv6, name, port] = (text.length <= 256 && ENDPOINT.exec(text)) || [];
  if (port === undefined || Number(port) > 65_535 || (ipv6 !== undefined && isIP(ipv6) !== 6)) {
    return undefined;
  }
  return { host: ipv6 ?? name, port: Number(port) };
}

/**
 * Why an address is not connected to; empty when it may be. A stranger's registration must not lead a connection into the network
 * of whoever makes it.
 *
 * @param {string} address IPv4 or IPv6
 * @param {boolean} privateToo
 * @returns {string}
 */
export function objection(address, privateToo) {
  const embedded = isIPv4(address) ? address : embeddedIPv4(address);
  const family = embedded === undefined ? 'ipv6' : 'ipv4';
  const judged = embedded ?? address;
  if (PRIVATE.check(judged, family)) {
    return privateToo ? '' : `${address} is a private or loopback address, which this network's settings do not allow (privateNodes)`;
  }
  const given = family === 'ipv4' || GIVEN.check(judged, 'ipv6');
  return NEVER.check(judged, family) || !given ? `${address} is no address that a node can have` : '';
}

/**
 * The IPv4 address in an IPv6 one that ends, or begins, at it: mapped, compatible, translated (RFC 6052), 6to4.
 *
 * @param {string} address
 * @returns {string | undefined}
 */
function embeddedIPv4(address) {
  const groups = groupsOf(address);
  const dotted = (/** @type {number} */ high, /** @type {number} */ low) => [high >> 8, high & 255, low >> 8, low & 255].join('.');
  if (groups[0] === 0x2002) {
    return dotted(groups[1], groups[2]);
  }
  const front = groups.slice(0, 6).map((group) => group.toString(16)).join(':');
  const forms = ['0:0:0:0:0:ffff', '0:0:0:0:ffff:0'];
  const compatible = front === '0:0:0:0:0:0' && (groups[6] !== 0 || groups[7] > 1);
  const translated = groups[0] === 0x64 && groups[1] === 0xff9b;
  return forms.includes(front) || compatible || translated ? dotted(groups[6], groups[7]) : undefined;
}

/** @param {string} address IPv6 */
function groupsOf(address) {
  const plain = address
    .replace(/%.*$/, '')
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => `${((a << 8) | +b).toString(16)}:${((c << 8) | +d).toString(16)}`);
  const [head, tail] = plain.split('::');
  const numbers = (/** @type {string | undefined} */ part) => (part ? part.split(':').map((group) => parseInt(group, 16)) : []);
  const [first, last] = [numbers(head), numbers(tail)];
  return tail === undefined ? first : [...first, ...Array(8 - first.length - last.length).fill(0), ...last];
}

/**
 * Looks a host up, once, and gives an address that may be connected to: whoever connects goes to this very address, so a name that
 * answers otherwise a moment later leads nowhere else.
 *
 * @param {string} host
 * @param {boolean} privateToo
 */
export async function addressOf(host, privateToo) {
  let found;
  try {
    found = isIP(host) ? [{ address: host }] : await lookup(host, { all: true });
  } catch (e) {
    throw new HookeError('UNREACHABLE', `its name ${shown(host)} is not known`, { cause: e });
  }
  let why = 'it has no address';
  for (const { address } of found) {
    why = objection(address, privateToo);
    if (why === '') {
      return address;
    }
  }
  throw new HookeError('UNREACHABLE', `${shown(host)} is not connected to: ${why}`);
}
