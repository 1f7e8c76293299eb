/** The admin endpoints as a probe and a scraper see them. */
import { expect, vi } from 'vitest';
import { type Exposition, parseExposition } from './exposition.ts';

export interface Readiness {
  readonly status: number;
  readonly ready: boolean;
  /** "ok", or why not. */
  readonly checks: Readonly<Record<string, string>>;
}

/** Null while nothing listens there. */
export async function readiness(adminUrl: string): Promise<Readiness | null> {
  try {
    const response = await fetch(`${adminUrl}/readyz?verbose`);
    return { status: response.status, ...((await response.json()) as Omit<Readiness, 'status'>) };
  } catch {
    return null;
  }
}

/** Waits for a readiness that satisfies the assertion; past the bound it fails with it. */
export async function untilReadiness(
  adminUrl: string,
  matches: (seen: Readiness | null) => void,
  boundMs = 30_000,
): Promise<void> {
  await vi.waitFor(async () => matches(await readiness(adminUrl)), { timeout: boundMs, interval: 50 });
}

export async function readMetrics(adminUrl: string): Promise<Exposition> {
  const response = await fetch(`${adminUrl}/metrics`);
  expect(response.status).toBe(200);
  return parseExposition(await response.text());
}
