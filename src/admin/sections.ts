import { html, type Html } from './html.ts';
import { plotSection } from './plot.ts';
import type { Status } from './status.ts';
import { bytesText, msText, plural, sinceElement, timeElement } from './words.ts';

type Primary = Status['primaries'][number];

/** How long before its end a certificate is worth a warning. */
const certificateWarningMs = 14 * 86_400_000;

/** Everything below the page's heading. */
export function sections(status: Status): Html {
  return html`${overall(status)} ${primariesSection(status)} ${plotSection(status.lastHour)}
    <div class="columns">
      ${kafkaSection(status)} ${registrySection(status)} ${deadLetterSection(status)}
      ${processSection(status)}
    </div>`;
}

/** The one thing that is read out when it changes. */
function overall({ ready, draining, checks }: Status): Html {
  const wrong = checks.filter(({ ok }) => !ok);
  const state = draining ? 'Draining' : ready ? 'Ready' : 'Not ready';
  return html`<section aria-labelledby="state">
    <h2 id="state" class="hidden">State</h2>
    <p role="status" class="state ${ready ? 'good' : 'bad'}">${state}</p>
    ${
      wrong.length === 0
        ? html`<p>All checks have passed: ${checks.map(({ name }) => name).join(', ')}.</p>`
        : html`<ul>
            ${wrong.map(({ name, reason }) => html`<li><strong>${name}</strong>: ${reason ?? ''}</li>`)}
          </ul>`
    }
  </section>`;
}

const primaryColumns = [
  'State',
  'Sessions',
  'Last notification',
  'Last answer',
  'Answers in the last minute',
  'p50 / p95 / p99',
  'In flight',
  'Resends',
];

function primariesSection({ primaries, at }: Status): Html {
  return html`<section aria-labelledby="primaries">
    <h2 id="primaries">Primaries</h2>
    <table role="table" class="stacked">
      <caption>
        ${primaries.filter(({ state }) => state === 'connected').length} of ${primaries.length} connected
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Primary</th>
          ${primaryColumns.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${primaries.map((primary) => primaryRow(primary, at))}
      </tbody>
    </table>
  </section>`;
}

function primaryRow(primary: Primary, at: string): Html {
  const { name, state, since, sessions, remotes, lastMinute, inFlight } = primary;
  const oldest = inFlight.oldestMs === null ? '' : `, oldest ${msText(inFlight.oldestMs)}`;
  const cells = [
    html`<span class="${state === 'connected' ? 'good' : 'bad'}">${state}</span> ${sinceElement(since, at)}${
        primary.pausedSessions > 0 ? html`, <span class="bad">held back</span>` : ''
      }`,
    html`${ofLimit(sessions, primary.maxSessions)}${
      remotes.length > 0 ? html` <span class="note">${remotes.join(', ')}</span>` : ''
    }`,
    lastTime(primary.lastNotification, at),
    lastTime(primary.lastAnswer, at),
    html`${lastMinute.answers}`,
    lastMinute.p50Ms === null
      ? html`–`
      : html`${lastMinute.p50Ms} / ${lastMinute.p95Ms ?? ''} / ${lastMinute.p99Ms ?? ''} ms`,
    html`${plural(inFlight.messages, 'message')}, ${bytesText(inFlight.bytes)}${oldest}`,
    html`${primary.resendsCoalesced}`,
  ];
  return html`<tr role="row">
    <th role="rowheader" scope="row">${name}</th>
    ${cells.map(
      (cell, index) =>
        html`<td role="cell" data-label="${primaryColumns[index] ?? ''}"><div>${cell}</div></td>`,
    )}
  </tr>`;
}

function lastTime(time: string | null, at: string): Html {
  return time === null ? html`none` : timeElement(time, at);
}

function kafkaSection({ kafka }: Status): Html {
  return html`<section aria-labelledby="kafka">
    <h2 id="kafka">Kafka</h2>
    ${upDown(kafka.up, kafka.reason)}
    ${table(
      'Topics',
      ['Topic', 'Partitions', 'Largest batch'],
      kafka.topics.map(({ name, partitions, maxMessageBytes }) => [
        name,
        partitions ?? '–',
        maxMessageBytes === null ? '–' : bytesText(maxMessageBytes),
      ]),
    )}
  </section>`;
}

function registrySection({ registry }: Status): Html {
  return html`<section aria-labelledby="registry">
    <h2 id="registry">Schema registry</h2>
    ${upDown(registry.up, registry.reason)}
    ${table(
      'Schemas in use',
      ['Subject', 'Version', 'Id'],
      registry.schemas.map(({ subject, version, id }) => [subject, version, id]),
    )}
  </section>`;
}

function deadLetterSection({ deadLetters }: Status): Html {
  const rows = Object.entries(deadLetters).sort(([, one], [, other]) => other - one);
  return html`<section aria-labelledby="dead-letters">
    <h2 id="dead-letters">Dead letters</h2>
    ${rows.length === 0 ? html`<p>None since the start.</p>` : table('Since the start', ['Reason', 'Dead letters'], rows)}
  </section>`;
}

function processSection({ version, since, connections, configHash, certificate, at }: Status): Html {
  return html`<section aria-labelledby="process">
    <h2 id="process">Process</h2>
    <dl>
      <dt>Version</dt>
      <dd>${version}</dd>
      <dt>Started</dt>
      <dd>${timeElement(since, at)}</dd>
      <dt>Connections</dt>
      <dd>${connectionsText(connections)}</dd>
      <dt>Configuration</dt>
      <dd><code>${configHash}</code></dd>
      <dt>Certificate</dt>
      ${certificateElement(certificate, at)}
    </dl>
  </section>`;
}

function connectionsText({ open, max, authenticated, unauthenticated }: Status['connections']): Html {
  return html`${ofLimit(open, max)}: ${authenticated} authenticated, ${unauthenticated} not authenticated`;
}

/** Marked where there is room for no more. */
function ofLimit(count: number, max: number): Html {
  const text = `${count} of ${max}`;
  return count < max ? html`${text}` : html`<span class="bad">${text}</span>`;
}

function certificateElement({ subject, notBefore, notAfter }: Status['certificate'], at: string): Html {
  const now = Date.parse(at);
  const left = Date.parse(notAfter) - now;
  const isEarly = Date.parse(notBefore) > now;
  const [verb, time] = isEarly ? ['valid', notBefore] : [left < 0 ? 'expired' : 'expires', notAfter];
  const isBad = isEarly || left < certificateWarningMs;
  return html`<dd class="${isBad ? 'bad' : ''}">${subject}, ${verb} ${timeElement(time, at)}</dd>`;
}

function upDown(up: boolean, reason: string | null): Html {
  return html`<p>
    <span class="${up ? 'good' : 'bad'}">${up ? 'answers' : 'trouble'}</span
    >${reason === null ? '' : `: ${reason}`}
  </p>`;
}

function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly [string, ...(string | number)[]])[],
): Html {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${columns.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ([head, ...cells]) =>
          html`<tr>
            <th scope="row">${head}</th>
            ${cells.map((cell) => html`<td>${cell}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
