/** A headless browser of this machine, for the tests of the status page and its picture. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const file = process.env['NBWSS_CHROMIUM'] ?? '/usr/bin/chromium';

/** @throws Error that says how to get one, where there is none */
export async function launchChromium(): Promise<Browser> {
  if (!existsSync(file)) {
    const how = 'apt-get install --no-install-recommends chromium, or name one in NBWSS_CHROMIUM';
    throw new Error(`there is no browser at ${file}: ${how}`);
  }
  // Only pages of this repository are opened; in a container its own sandbox has no rights.
  return await chromium.launch({ executablePath: file, args: ['--no-sandbox'] });
}
