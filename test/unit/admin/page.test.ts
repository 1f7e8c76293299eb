import { expect, test } from 'vitest';
import { renderMain } from '../../../src/admin/page.ts';
import { sampleStatus, troubledStatus } from '../../../tools/sample-status.ts';

const at = Date.parse('2026-01-05T12:00:00Z');

/** The page's text without its markup, as somebody reads it. */
function textOf(html: string): string {
  const names: Record<string, string> = {
    '&#60;': '<',
    '&#62;': '>',
    '&#38;': '&',
    '&#34;': '"',
    '&#39;': "'",
  };
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#\d+;/g, (name) => names[name] ?? name)
    .replace(/\s+/g, ' ')
    .replaceAll(' ,', ',');
}

test('what the status says of a bridge in good order is on the page in words', () => {
  const status = sampleStatus(at);
  const text = textOf(renderMain(status));
  for (const shown of [
    'Ready',
    'All checks have passed: schemas, kafka, topics, producer, listener, writes, connections, in flight.',
    '2 of 3 connected',
    'nbu-berlin connected for 25 h',
    // Sessions and their addresses, last notification, last answer, answers, latencies, in flight, resends.
    '1 of 16 10.20.1.5:41822 1 s ago 1 s ago 412 4 / 11 / 19 ms 3 messages, 8 KiB, oldest 6 ms 2',
    'nbu-madrid connected for 25 h 1 of 16 10.20.4.17:50112 1 s ago 1 s ago 96 5 / 13 / 23 ms 0 messages, 0 B 0',
    'nbu-oslo disconnected for 7 min 0 of 16 8 min ago 8 min ago 0 – 0 messages, 0 B 14',
    'netbackup.jobs 12 1.0 MiB',
    'netbackup.dead-letters 12 1.0 MiB',
    'netbackup.jobs-value 3 11',
    'no-client-name 31',
    'wrong-type 2',
    'Version 0.1.0',
    'Started 26 h ago',
    'Connections 4 of 1000: 2 authenticated, 1 not authenticated',
    `Configuration ${status.configHash}`,
    'Certificate CN=bridge.example.com, expires in 61 days',
  ])
    expect(text).toContain(shown);
});

test('what is wrong is on the page with its reason', () => {
  const status = troubledStatus(at);
  const text = textOf(renderMain(status));
  const reason = "can't ask Kafka for its topics: Connection timeout <broker-1:9092>";
  for (const shown of [
    'Not ready',
    `kafka : ${reason}`,
    'connected for 25 h, held back',
    `trouble : ${reason}`,
    'trouble : the schema registry does not answer',
    'None since the start.',
    'Certificate CN=bridge.example.com, expired 3 h ago',
  ])
    expect(text).toContain(shown);
});

test('a certificate that is not valid yet is marked, with how long it takes', () => {
  const status = sampleStatus(at);
  const notBefore = new Date(at + 3 * 3_600_000).toISOString();
  const page = renderMain({ ...status, certificate: { ...status.certificate, notBefore } });
  expect(textOf(page)).toContain('Certificate CN=bridge.example.com, valid in 3 h');
  expect(page).toContain('<dd class="bad">CN=bridge.example.com');
  expect(renderMain(status)).not.toContain('<dd class="bad">');
});

test('connections and sessions at their limits are marked', () => {
  const status = sampleStatus(at);
  const primaries = status.primaries.slice(0, 1).map((first) => ({ ...first, sessions: first.maxSessions }));
  const connections = { ...status.connections, open: status.connections.max };
  const page = renderMain({ ...status, connections, primaries });
  expect(page).toContain('<span class="bad">16 of 16</span>');
  expect(page).toContain('<span class="bad">1000 of 1000</span>');
  expect(renderMain(status)).not.toMatch(/<span class="bad">\d+ of/);
});

test('a bridge that drains says so, and one to which nothing came yet says none', () => {
  const status = sampleStatus(at);
  const primaries = status.primaries
    .slice(0, 1)
    .map((first) => ({ ...first, lastNotification: null, lastAnswer: null }));
  const text = textOf(renderMain({ ...status, draining: true, ready: false, primaries }));
  expect(text).toContain('Draining');
  expect(text).toContain('1 of 16 10.20.1.5:41822 none none 412');
});
