// Where a stranger's registration may lead a connection. Nothing here is connected to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, objection, parseEndpoint } from '../src/reach.js';

test('what no node can have is never connected to', async () => {
  const never = [
    '0.0.0.0', '0.1.2.3', '169.254.169.254', '192.0.0.1', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255',
    '::', 'fe80::1', 'febf::1', 'ff02::1', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '::ffff:0:169.254.169.254', '::169.254.169.254',
    '64:ff9b::169.254.169.254', '64:ff9b:1::169.254.169.254', '2002:a9fe:a9fe::1', '2001:0:1::1', '4000::1',
  ];
  for (const address of never) {
    assert.notEqual(objection(address, true), '', address);
    await assert.rejects(addressOf(address, true), { reason: 'UNREACHABLE' });
  }
});

test('private and loopback addresses are connected to where the network says so', () => {
  const own = ['127.0.0.1', '127.9.9.9', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '::1', 'fd00:ec2::254', '::ffff:127.0.0.1', '64:ff9b::10.0.0.1'];
  for (const address of own) {
    assert.equal(objection(address, true), '', address);
    assert.notEqual(objection(address, false), '', address);
  }
  for (const address of ['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.128.0.1', '2606:4700::1']) {
    assert.equal(objection(address, false), '', address);
  }
});

test('an endpoint is a host and a port', () => {
  assert.deepEqual(parseEndpoint('https://127.0.0.1:7601'), { host: '127.0.0.1', port: 7601 });
  assert.deepEqual(parseEndpoint('[::1]:65535'), { host: '::1', port: 65535 });
  for (const text of ['', 'x', 'x:', 'x:0', 'x:01', 'x:65536', 'x:99999', ':1', 'http://x:1', 'u@x:1', 'x:1/p', '[1::2::3]:1', '::1:1', '\u00fc:1', '\x1b]0;t\x07:1', `${'x'.repeat(255)}:1`]) {
    assert.equal(parseEndpoint(text), undefined, text);
  }
});
