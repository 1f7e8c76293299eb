import { html, type Html } from './html.ts';

/** Bytes, for people. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** A latency, or a dash where there is none. */
export function msText(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 10_000 ? `${ms} ms` : `${(ms / 1000).toFixed(0)} s`;
}

/** A span of time in its largest unit. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** How long ago it was, or is to come; the time itself is on its element. */
export function timeElement(time: string, at: string): Html {
  const passed = Date.parse(at) - Date.parse(time);
  const text = passed < 0 ? `in ${spanText(-passed)}` : `${spanText(passed)} ago`;
  return html`<time datetime="${time}" title="${time}">${text}</time>`;
}

/** For how long something has lasted that began then. */
export function sinceElement(time: string, at: string): Html {
  return html`<time datetime="${time}" title="since ${time}"
    >for ${spanText(Date.parse(at) - Date.parse(time))}</time
  >`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
