import { spawn } from 'node:child_process';

/**
 * Shows an address in the browser of this desktop and does not wait for it: xdg-open may stay as long as the browser
 * does, and this program has to answer the browser meanwhile. The browser outlives this program.
 * @param onFailed called once when there is no xdg-open, or it ends with another status than 0
 */
export function openInBrowser(url: string, onFailed: () => void): void {
  const child = spawn('xdg-open', [url], { detached: true, stdio: 'ignore' });
  child.once('error', onFailed);
  child.once('exit', (status) => {
    if (status !== 0) onFailed();
  });
  child.unref();
}
