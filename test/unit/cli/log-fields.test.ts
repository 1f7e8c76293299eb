import { expect, test } from 'vitest';
import { renameFields } from '../../../src/cli/log-fields.ts';

test("the parts' words become ECS's names, and what ECS lacks is under nbwss., in snake case", () => {
  const fields = { action: 'batch-retried', reason: 'slow', code: 'X', stack: 'at', kafkajs: 'Connection' };
  expect(renameFields({ ...fields, primary: 'nbu1', messageId: 'M1' })).toEqual({
    'event.action': 'batch-retried',
    'event.reason': 'slow',
    'error.code': 'X',
    'error.stack_trace': 'at',
    'log.logger': 'Connection',
    'nbwss.primary': 'nbu1',
    'nbwss.message_id': 'M1',
  });
});

test('a name with a dot is ECS already', () => {
  expect(renameFields({ 'event.kind': 'audit' })).toEqual({ 'event.kind': 'audit' });
});

test.each([
  ['192.0.2.1:7', { 'client.address': '192.0.2.1', 'client.port': 7 }],
  ['[2001:db8::1]:443', { 'client.address': '2001:db8::1', 'client.port': 443 }],
  ['192.0.2.1', { 'client.address': '192.0.2.1' }],
  ['2001:db8::1', { 'client.address': '2001:db8::1' }],
  ['', { 'client.address': '' }],
])('a peer %j is an address, and a port where there is one', (remote, fields) => {
  expect(renameFields({ remote })).toEqual(fields);
});
