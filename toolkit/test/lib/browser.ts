import puppeteer, { type Browser } from 'puppeteer-core';
import { findProgram, readHost } from '../../../scripts/host.ts';
import { ensurePrograms } from '../../../scripts/packages.ts';

/** A headless Chromium of this machine; on Debian its package is installed when there is none. */
export async function launchBrowser(): Promise<Browser> {
  const needs = [{ program: 'chromium', packages: ['chromium', 'fonts-dejavu-core'] }];
  await ensurePrograms(needs, readHost(process.env), (line) => process.stderr.write(`${line}\n`));
  return puppeteer.launch({
    executablePath: findProgram('chromium', process.env['PATH'] ?? '') ?? 'chromium',
    headless: true,
    // As root the sandbox cannot start; small machines have a small /dev/shm.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--force-color-profile=srgb'],
  });
}
