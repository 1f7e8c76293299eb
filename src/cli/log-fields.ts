/** The names of a log line's fields (docs/adr/0011-log-fields.md): ECS's where it has one, and else our own under `nbwss.`. */

/** What the parts call a field, and what ECS calls it. */
const ecsNames: Readonly<Record<string, string>> = {
  action: 'event.action',
  reason: 'event.reason',
  code: 'error.code',
  stack: 'error.stack_trace',
  kafkajs: 'log.logger',
};

/** "127.0.0.1:5000" or "[::1]:5000"; an address alone has no port. */
const addressAndPort = /^(?:\[(.*)\]|([^:]*)):(\d+)$/;

/** The fields as they are written. A name with a dot in it is one of ECS's already. */
export function renameFields(fields: object): Record<string, unknown> {
  const renamed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'remote') Object.assign(renamed, clientFields(String(value)));
    else renamed[name.includes('.') ? name : (ecsNames[name] ?? `nbwss.${snakeCase(name)}`)] = value;
  }
  return renamed;
}

function clientFields(remote: string): Record<string, unknown> {
  const [, ipv6, ipv4, port] = addressAndPort.exec(remote) ?? [];
  if (port === undefined) return { 'client.address': remote };
  return { 'client.address': ipv6 ?? ipv4, 'client.port': Number(port) };
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
