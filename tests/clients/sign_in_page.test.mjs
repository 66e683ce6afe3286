// The sign-in page in a real browser: the unmodified @azure/msal-browser signs in with it, and it works without scripts
// and with the keyboard alone.
/* global msal */ // of the page under test
import { test as nodeTest, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { CryptoProvider, PublicClientApplication } from '@azure/msal-node';
import { ana, porchlight } from './admin.mjs';
import { launch } from './chromium.mjs';
import { advance, host, me, url } from './demo.mjs';
import { serveSpa } from './spa.mjs';

// The time limit keeps a browser that waits in vain from blocking all tests.
const test = (name, body) => nodeTest(name, { timeout: 120_000 }, body);

const known = [new URL(url).host, host];
let tenant, board, guarded, browser, spa;

before(async () => {
  spa = await serveSpa();
  tenant = porchlight(['tenant', 'list'])[0].id;
  board = porchlight(['app', 'add', '--name', 'Board', '--scope', 'Presence.Read']).appId;
  porchlight(['app', 'register', 'Board', '--kind', 'public', '--redirect', 'http://localhost/']);
  guarded = porchlight(['app', 'add', '--name', 'Guarded']).appId; // no user has consented to it
  porchlight(['app', 'register', 'Guarded', '--kind', 'public', '--redirect', 'http://localhost/']);
  porchlight(['user', 'password', ana.name, '--file', '-'], ana.password);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  spa?.server.close();
});

// Opens a page in a new browser context, without cookies. The context is closed after the test.
async function open(t, options) {
  const context = await browser.newContext(options);
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return page;
}

async function signIn(page, password = ana.password) {
  await page.getByLabel('Name').fill(ana.name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

// Returns the address to which an application sends the browser, and a function that redeems the code that comes back.
async function asked(clientId, options = {}) {
  const client = new PublicClientApplication({ auth: { clientId, authority: `${url}/${tenant}`, knownAuthorities: known } });
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const request = { scopes: ['Presence.Read'], redirectUri: `${spa.origin}/`, ...options };
  const address = await client.getAuthCodeUrl({ ...request, codeChallenge: challenge, codeChallengeMethod: 'S256' });
  const redeem = (code) => client.acquireTokenByCode({ ...request, code, codeVerifier: verifier });
  return { address, redeem };
}

async function presenceOf(accessToken) {
  const answer = await fetch(`${url}/v1.0/me/presence`, { headers: { Authorization: `Bearer ${accessToken}` } });
  assert.equal(answer.status, 200);
  return answer.json();
}

// Runs a step with the library in the page. The result must be serializable.
const inSpa = (page, step, more = {}) =>
  page.evaluate(
    async ({ step, config, more }) => {
      const app = await msal.PublicClientApplication.createPublicClientApplication(config);
      const back = await app.handleRedirectPromise();
      const scopes = ['Presence.Read'];
      const account = back?.account ?? app.getAllAccounts()[0];
      if (step === 'login') return app.loginRedirect({ scopes, ...more });
      if (step === 'logout') return app.logoutRedirect({ account, idTokenHint: account.idToken });
      if (step === 'popup') return (await app.loginPopup({ scopes, ...more })).account.username;
      if (step === 'sso') return (await app.ssoSilent({ scopes, ...more })).account.username;
      const got = back ?? (await app.acquireTokenSilent({ scopes, account, ...more }));
      const answer = await fetch(`${config.graph}/v1.0/me/presence`, {
        headers: { Authorization: `Bearer ${got.accessToken}` },
      });
      return { username: account.username, token: got.accessToken, presence: await answer.json() };
    },
    {
      step,
      more,
      config: {
        graph: url,
        auth: { clientId: board, authority: `${url}/${tenant}`, knownAuthorities: known, redirectUri: `${spa.origin}/` },
      },
    },
  );

// Calls `leave`, which sends the page to the authority and back to the application, and waits until the application's
// page has loaded. It listens before the call, because the page before and the page after have the same address.
async function roundTrip(page, leave) {
  const back = page.waitForEvent('load', (at) => at.url().startsWith(spa.origin));
  await leave();
  await back;
}

// Runs a step that navigates away; the error of the interrupted script is ignored.
const away = (page, step, more) => inSpa(page, step, more).catch(() => {});

test('@azure/msal-browser: sign-in by redirect, silent renewal, sign-out', async (t) => {
  const page = await open(t);
  await page.goto(spa.origin);
  await away(page, 'login');
  await roundTrip(page, () => signIn(page));
  const first = await inSpa(page, 'read');
  assert.equal(first.username, ana.name);
  assert.equal(first.presence.id, me);
  const next = await inSpa(page, 'read', { forceRefresh: true });
  assert.notEqual(next.token, first.token);
  assert.equal(next.presence.id, me);
  // The session at the authority signs the application in again without the page, until Ana signs out.
  await roundTrip(page, () => away(page, 'login', { prompt: 'none' }));
  assert.equal((await inSpa(page, 'read')).presence.id, me);
  await roundTrip(page, () => away(page, 'logout'));
  await away(page, 'login');
  await page.getByLabel('Password').waitFor();
});

test('@azure/msal-browser: sign-in in a popup window', async (t) => {
  const page = await open(t);
  await page.goto(spa.origin);
  const [popup, username] = [page.waitForEvent('popup'), inSpa(page, 'popup')];
  await signIn(await popup);
  assert.equal(await username, ana.name);
  // A frame in another site's page has no session cookie, so the authority returns the error that the library expects.
  await assert.rejects(inSpa(page, 'sso', { loginHint: ana.name }), /InteractionRequiredAuthError: login_required/);
});

for (const responseMode of ['query', 'form_post']) {
  test(`sign-in without scripts, response mode ${responseMode}`, async (t) => {
    const page = await open(t, { javaScriptEnabled: false });
    const { address, redeem } = await asked(guarded, { responseMode, prompt: 'consent' });
    await page.goto(address);
    await signIn(page, 'wrong');
    await page.getByText('The name or the password is not right.').waitFor();
    await signIn(page);
    await page.getByRole('heading', { name: 'Permissions' }).waitFor();
    const back = page.waitForRequest((request) => request.url().startsWith(spa.origin));
    await page.getByRole('button', { name: 'Accept' }).click();
    if (responseMode === 'form_post') await page.getByRole('button', { name: 'Continue' }).click();
    const request = await back;
    const fields = responseMode === 'query' ? new URL(request.url()).searchParams : new URLSearchParams(request.postData());
    const { accessToken } = await redeem(fields.get('code'));
    assert.equal((await presenceOf(accessToken)).id, me);
  });
}

test('response mode form_post posts itself', async (t) => {
  const page = await open(t);
  const { address, redeem } = await asked(board, { responseMode: 'form_post', prompt: 'login' });
  await page.goto(address);
  const back = page.waitForRequest((request) => request.url().startsWith(spa.origin));
  await signIn(page);
  const request = await back;
  assert.equal(request.method(), 'POST');
  const { accessToken } = await redeem(new URLSearchParams(request.postData()).get('code'));
  assert.equal((await presenceOf(accessToken)).id, me);
});

test('a user who declines is sent back with access_denied', async (t) => {
  const page = await open(t, { javaScriptEnabled: false });
  await page.goto((await asked(guarded, { prompt: 'consent' })).address);
  await signIn(page);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.waitForURL(`${spa.origin}/**`);
  assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied');
});

// Returns the accessibility faults of a page: structure, labels, tab order, contrast, width.
const faults = (page, lang = 'en') =>
  page.evaluate((lang) => {
    const found = [];
    const expect = (holds, what) => holds || found.push(what);
    expect(document.documentElement.lang === lang, `the language is not ${lang}`);
    expect(document.querySelectorAll('h1').length === 1, 'not exactly one h1');
    expect(document.querySelectorAll('main').length === 1, 'not exactly one main element');
    expect(document.title === document.querySelector('h1')?.textContent, 'the title differs from the h1');
    for (const field of document.querySelectorAll('input:not([type=hidden])'))
      expect([...(field.labels ?? [])].some((label) => label.textContent.trim()), `${field.name} has no label`);
    for (const button of document.querySelectorAll('button')) expect(button.textContent.trim(), 'a button without text');
    for (const element of document.querySelectorAll('[tabindex]')) expect(element.tabIndex <= 0, 'a positive tabindex');
    // Contrast of at least 4.5 to 1 (WCAG 2.1, success criterion 1.4.3).
    const parts = (color) => color.match(/[\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ground = (element) => {
      const color = parts(getComputedStyle(element).backgroundColor);
      return color.length === 3 || color[3] === 1 || !element.parentElement ? color : ground(element.parentElement);
    };
    for (const element of document.querySelectorAll('body *')) {
      if (![...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim())) continue;
      const [a, b] = [light(parts(getComputedStyle(element).color)), light(ground(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      expect(ratio >= 4.5, `${element.tagName} "${element.textContent}" has a contrast of ${ratio.toFixed(1)} to 1`);
    }
    expect(document.documentElement.scrollWidth <= innerWidth, 'wider than the window');
    return found;
  }, lang);

// Returns the labels of `steps` elements in tab order, from the focused element on.
async function focusOrder(page, steps) {
  const names = [];
  for (let i = 0; i < steps; ++i) {
    if (i > 0) await page.keyboard.press('Tab');
    names.push(await page.evaluate(() => document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent));
  }
  return names;
}

test('each page is accessible, and usable with the keyboard', async (t) => {
  const page = await open(t, { viewport: { width: 320, height: 640 } }); // a small phone
  const { address } = await asked(guarded, { prompt: 'consent' });
  await page.goto(address);
  assert.deepEqual(await faults(page), []);
  assert.deepEqual(await focusOrder(page, 3), ['Name', 'Password', 'Sign in']);
  await signIn(page, 'wrong');
  await page.getByRole('alert').waitFor();
  assert.deepEqual(await faults(page), []);
  assert.deepEqual(await focusOrder(page, 2), ['Name', 'Password']);
  await page.keyboard.type(ana.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Permissions' }).waitFor();
  assert.deepEqual(await faults(page), []);
  await page.keyboard.press('Tab');
  assert.deepEqual(await focusOrder(page, 2), ['Accept', 'Cancel']);
  for (const path of ['/common/oauth2/v2.0/deviceauth', '/common/oauth2/v2.0/authorize', `/${tenant}/oauth2/v2.0/logout`]) {
    await page.goto(url + path);
    assert.deepEqual(await faults(page), [], path);
  }
});

// The page asks for it with the language of the browser.
test('the pages are in the language of the browser', async (t) => {
  const page = await open(t, { locale: 'de-DE' });
  const { address } = await asked(board);
  await page.goto(address);
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
  assert.deepEqual(await faults(page, 'de'), []);
  await page.goto(`${address}&ui_locales=fr`);
  await page.getByLabel('Mot de passe').waitFor();
});

// The code of an authenticator app with this secret, `steps` steps of 30 seconds from the server's time (RFC 6238).
async function appCode(secret, steps = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor((await advance('PT0S')) / 30_000) + steps));
  const digest = createHmac('sha1', key).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

test('a second factor: enrolment, sign-in with a code, and with a recovery code', async (t) => {
  const finn = { name: 'finn@contoso.com', password: 'lantern-orchid-1174' };
  porchlight(['user', 'add', '--upn', finn.name, '--name', 'Finn']);
  porchlight(['user', 'password', finn.name, '--file', '-'], finn.password);
  // Types name and password in a new browser, and returns the page after the button.
  const enter = async (button, { address }) => {
    const page = await open(t, { viewport: { width: 320, height: 640 } });
    await page.goto(address);
    await page.getByLabel('Name').fill(finn.name);
    await page.getByLabel('Password').fill(finn.password);
    await page.getByRole('button', { name: button }).click();
    return page;
  };
  const type = async (page, code) => {
    await page.getByLabel('Code', { exact: true }).fill(code);
    await page.getByRole('button', { name: 'Next' }).click();
  };
  const finish = async (page, flow, click) => {
    const back = page.waitForRequest((request) => request.url().startsWith(spa.origin));
    await click();
    return flow.redeem(new URL((await back).url()).searchParams.get('code'));
  };

  const first = await asked(board);
  const page = await enter('Set up a second factor', first);
  await page.getByRole('img', { name: 'QR code with the key' }).waitFor();
  assert.deepEqual(await faults(page), []);
  const link = await page.getByRole('link').getAttribute('href');
  const secret = new URL(link).searchParams.get('secret');
  assert.ok((await page.textContent('main')).replaceAll(' ', '').includes(secret));
  await type(page, await appCode(secret));
  await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
  assert.deepEqual(await faults(page), []);
  const recovery = await page.locator('li').allTextContents();
  assert.equal(recovery.length, 10);
  const enrolled = await finish(page, first, () => page.getByRole('button', { name: 'Continue' }).click());
  assert.deepEqual(enrolled.idTokenClaims.amr, ['pwd', 'mfa']);

  for (const code of [await appCode(secret, 1), recovery[7]]) {
    const flow = await asked(board);
    const next = await enter('Sign in', flow);
    await next.getByLabel('Code', { exact: true }).waitFor();
    assert.deepEqual(await faults(next), []);
    const tokens = await finish(next, flow, () => type(next, code));
    assert.deepEqual(tokens.idTokenClaims.amr, ['pwd', 'mfa']);
  }
  assert.equal(porchlight(['user', 'second-factor', finn.name]).recoveryCodes, 9);
});
