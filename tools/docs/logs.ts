/** Writes docs/logs.md from src/events/actions.ts. With --check it writes nothing and exits with 1 when the page isn't what it would write. */
import { readFileSync, writeFileSync } from 'node:fs';
import { actions } from '../../src/events/actions.ts';

const page = new URL('../../docs/logs.md', import.meta.url);

/** The page as it should be. */
export function renderLogs(): string {
  const rows = Object.entries(actions).map(([action, meaning]) => `| \`${action}\` | ${meaning} |`);
  return `${introduction}

## Events

| \`event.action\` | what happened |
|---|---|
${rows.join('\n')}
`;
}

/** Whether the page in the repository is what it should be. */
export function areLogsCurrent(): boolean {
  return readFileSync(page, 'utf8') === renderLogs();
}

const introduction = `# Logs

<!-- Generated from src/events/actions.ts by tools/docs/logs.ts. Change the actions, then run: npm run docs -->

JSON lines on stderr, one business event a line. Names are those of the Elastic Common Schema 8.17, flat and dotted; what it has no name for is
under \`nbwss.\` ([why](adr/0011-log-fields.md)). \`log.level\` is a setting: \`info\` tells what an operator wants to know; \`debug\` adds a line
for each message and connection, and those of the Kafka client. No line ever holds a payload, a token, or a part of one.

| field | meaning |
|---|---|
| \`@timestamp\` | ISO 8601, UTC |
| \`log.level\` | \`fatal\`, \`error\`, \`warn\`, \`info\`, \`debug\`, \`trace\` |
| \`message\` | for people; may be reworded |
| \`event.action\` | what happened: stable, for rules. Lines of the Kafka client have none |
| \`event.kind\` | \`audit\` for sessions, refusals, reloads, schemas in use, start and drain |
| \`event.reason\` | why: a stable code of a refusal, or an error's words |
| \`error.code\`, \`error.stack_trace\` | of what failed |
| \`client.address\`, \`client.port\` | the peer; behind a balancer with the PROXY protocol the real one |
| \`log.logger\` | the part of the Kafka client |
| \`service.name\`, \`service.version\`, \`ecs.version\` | on every line |
| \`nbwss.primary\` | the configured name |
| \`nbwss.message_id\` | the envelope's id, by which NetBackup's logs have it too |
| \`nbwss.topic\`, \`nbwss.partition\`, \`nbwss.records\`, \`nbwss.attempt\` | of a batch |
| \`nbwss.problems\`, \`nbwss.kept\` | of files that can not be used: a sentence each; the primaries whose tokens from before stay |
| \`nbwss.passed_over\` | how many lines like it were left out since the last one |
| \`nbwss.…\` | further facts of the event, in its own words |

What a peer can bring about as often as it likes is a line at most every ten seconds; metrics count all of it. What an audit wants one by one
is a line each time: \`session-refused\`, as often as the attempts of an address allow, \`session-opened\` and \`session-closed\`, of who has a token.`;

if (import.meta.main) {
  if (!process.argv.includes('--check')) {
    writeFileSync(page, renderLogs());
  } else if (!areLogsCurrent()) {
    process.stderr.write('docs/logs.md is not what the events say. Run: npm run docs\n');
    process.exitCode = 1;
  }
}
