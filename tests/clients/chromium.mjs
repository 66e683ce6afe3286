// Starts a headless Chromium that trusts the demo's CA in addition to the machine's CAs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export async function launch() {
  const home = mkdtempSync(join(tmpdir(), 'porchlight-chromium-'));
  const trusted = `sql:${join(home, '.pki', 'nssdb')}`;
  mkdirSync(join(home, '.pki', 'nssdb'), { recursive: true });
  const certutil = (...args) => execFileSync('certutil', ['-d', trusted, ...args], { stdio: 'ignore' });
  certutil('-N', '--empty-password');
  certutil('-A', '-n', 'porchlight', '-t', 'C,,', '-i', process.env.NODE_EXTRA_CA_CERTS);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox'], // Chromium does not start as root with its sandbox
    env: { ...process.env, HOME: home },
  });
  browser.on('disconnected', () => rmSync(home, { recursive: true, force: true }));
  return browser;
}
