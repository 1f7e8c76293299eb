import { html, type Html } from './html.ts';
import type { Status } from './status.ts';
import { msText } from './words.ts';

type Minute = Status['lastHour'][number];

const width = 600;
const height = 120;

/** Two drawings of the last hour, and the same as a table for those who don't see them. */
export function plotSection(minutes: readonly Minute[]): Html {
  const most = Math.max(...minutes.map(({ answers }) => answers));
  const slowest = Math.max(...minutes.map(({ p99Ms }) => p99Ms ?? 0));
  const total = minutes.reduce((sum, { answers }) => sum + answers, 0);
  return html`<section aria-labelledby="hour">
    <h2 id="hour">Last hour</h2>
    <figure>
      <figcaption>Answers a minute <span class="note">up to ${most}</span></figcaption>
      ${drawing(`${total} answers in the last hour, at most ${most} in a minute.`, bars(minutes, most))}
    </figure>
    <figure>
      <figcaption>
        Time to the answer <span class="note">up to ${msText(slowest)}</span> <span class="key p50">p50</span>
        <span class="key p99">p99</span>
      </figcaption>
      ${drawing(`The slowest minute of the last hour had a p99 of ${msText(slowest)}.`, [
        line(minutes, 'p50Ms', slowest),
        line(minutes, 'p99Ms', slowest),
      ])}
    </figure>
    <details>
      <summary>Figures by minute</summary>
      <table>
        <caption>
          The last hour by minute, the newest first; minutes without an answer are left out
        </caption>
        <thead>
          <tr>
            <th scope="col">Minute</th>
            <th scope="col">Answers</th>
            <th scope="col">p50</th>
            <th scope="col">p99</th>
          </tr>
        </thead>
        <tbody>
          ${minutes
            .filter(({ answers }) => answers > 0)
            .toReversed()
            .map(
              ({ start, answers, p50Ms, p99Ms }) =>
                html`<tr>
                  <th scope="row"><time datetime="${start}">${start.slice(11, 16)} UTC</time></th>
                  <td>${answers}</td>
                  <td>${msText(p50Ms)}</td>
                  <td>${msText(p99Ms)}</td>
                </tr>`,
            )}
        </tbody>
      </table>
    </details>
  </section>`;
}

function drawing(text: string, content: readonly Html[]): Html {
  return html`<svg
    role="img"
    viewBox="0 0 ${width} ${height}"
    preserveAspectRatio="none"
    aria-label="${text}"
  >
    <line class="base" x1="0" y1="${height}" x2="${width}" y2="${height}" />
    ${content}
  </svg>`;
}

function bars(minutes: readonly Minute[], most: number): Html[] {
  const step = width / minutes.length;
  return minutes.map(({ answers }, index) => {
    const size = most === 0 ? 0 : (answers / most) * height;
    return html`<rect
      x="${(index * step + 1).toFixed(1)}"
      y="${(height - size).toFixed(1)}"
      width="${(step - 2).toFixed(1)}"
      height="${size.toFixed(1)}"
    />`;
  });
}

/** Broken where a minute had no answer. */
function line(minutes: readonly Minute[], of: 'p50Ms' | 'p99Ms', slowest: number): Html {
  const step = width / minutes.length;
  let pen = 'M';
  const path = minutes.map((minute, index) => {
    const value = minute[of];
    if (value === null) {
      pen = 'M';
      return '';
    }
    const [x, y] = [index * step, height - (slowest === 0 ? 0 : (value / slowest) * height)];
    const from = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
    return `${from}h${step.toFixed(1)}`;
  });
  return html`<path class="${of === 'p50Ms' ? 'p50' : 'p99'}" d="${path.join('')}" />`;
}
