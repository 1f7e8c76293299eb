import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { tellDoubtfulLimits, tellingLimits } from '../../src/doubtful-limits.ts';
import type { Events } from '../../src/events.ts';
import { writeCredentials } from '../helpers/terminator.ts';
import { required } from './config/given.ts';

test('limits that do not go together are told at the start, and again for the primaries of a reload', () => {
  const config = loadConfig({ flags: { ...required, 'limits.maxConnections': '66' } });
  const files = { credentials: writeCredentials({ primary1: 'one' }) };
  const told: unknown[][] = [];
  const events = {
    limitsDoubtful: (...args: unknown[]) => told.push(args),
    tokensReloaded: (...args: unknown[]) => told.push(args),
  } as unknown as Events;
  tellDoubtfulLimits(events, config, files);
  expect(told).toEqual([]);
  files.credentials = writeCredentials({ primary1: 'one', primary2: 'two' });
  const changes = { added: ['primary2'], removed: [], changed: [], closedSessions: 0 };
  tellingLimits(events, config, files).tokensReloaded(changes);
  expect(told).toEqual([
    [changes],
    ['limits.maxConnections', expect.stringMatching(/^66 are too few for 2 primaries/)],
  ]);
});
