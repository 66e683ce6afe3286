// The checks of access.mjs find what they look for, pages before a sign-in pass them, and the main jobs of the console
// work by keys alone. The other files check the other screens.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { forcedColorFaults, keyboardFaults, motionFaults, screenFaults, tabTo } from './access.mjs';
import { openBoard, openConsole } from './screens.mjs';
import { ana, ben, Site, sizes } from './site.mjs';

let site;
before(async () => (site = await Site.open()));
after(() => site.close());

for (const size of sizes)
  it(`the sign-in page and the code of a wall have no fault at ${size.width}x${size.height}`, async () => {
    const page = await site.tab(size, { reducedMotion: 'reduce' });
    for (const [path, shown] of [['/board/', 'input[type="password"]'], ['/board/wall', 'strong.code']]) {
      await page.goto(site.url + path);
      await page.locator(shown).first().waitFor();
      assert.deepEqual(await screenFaults(page), [], path);
    }
    assert.deepEqual(site.faults, []);
    await page.context().close();
  });

it('finds faults that are planted', async () => {
  const page = await openBoard(site, { options: { forcedColors: 'active', reducedMotion: 'reduce' } });
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('header select { outline: none !important } .tile { animation: none 1s !important; transition: color 0.5s !important } .glyph * { fill: Canvas !important; stroke: Canvas !important }');
    document.adoptedStyleSheets.push(sheet);
    document.querySelector('nav button').addEventListener('keydown', (event) => event.preventDefault());
  });
  const found = (await keyboardFaults(page)).join('\n');
  for (const fault of [/nothing shows the focus of <select/, /Tab does not reach/, /Tab does not come around/]) assert.match(found, fault);
  assert.match((await forcedColorFaults(page)).join(), /is rgb.* on rgb/);
  assert.match((await motionFaults(page)).join(), /moves for 0.5 s/);
  await page.context().close();
});

describe('by keys alone, the console', () => {
  let page;
  before(async () => (page = await openConsole(site)));

  const button = (name) => page.getByRole('button', { name, exact: true });
  const field = (name) => page.getByRole('textbox', { name });

  // Tab, and Enter.
  async function press(control) {
    await tabTo(page, control);
    await page.keyboard.press('Enter');
  }

  async function show(screen) {
    await press(page.getByRole('link', { name: screen, exact: true }));
    await page.getByRole('heading', { name: screen, level: 1 }).waitFor();
  }

  async function enter(name, text) {
    await tabTo(page, field(name));
    await page.keyboard.type(text);
  }

  // Closes the dialog; the focus is on the button that opened it.
  async function escape(opener) {
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await opener.evaluate((one) => one === document.activeElement), true, 'the focus returns');
  }

  it('registers an application', async () => {
    await show('Applications');
    await press(button('Register application'));
    await page.getByRole('dialog').waitFor();
    await escape(button('Register application'));
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await enter('Name', 'Keyed');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Keyed', level: 1 }).waitFor();
    assert.match(site.command('app', 'list'), /Keyed/);
  });

  it('imports people', async () => {
    await show('People');
    await press(button('Import'));
    await page.getByRole('dialog').waitFor();
    await tabTo(page, page.locator('input[type="file"]'));
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')]);
    const buffer = Buffer.from('userPrincipalName,displayName\nk1@contoso.com,Key One\nk2@contoso.com,Key Two\n');
    await chooser.setFiles({ name: 'people.csv', mimeType: 'text/csv', buffer });
    await button('Import 2 people').waitFor();
    await press(button('Import 2 people'));
    await page.getByText('2 added').waitFor();
    await escape(button('Import'));
  });

  it('ends a connection', async () => {
    const headers = { Authorization: `Bearer ${site.token('Demo reader')}` };
    const stream = await fetch(`${site.url}/porchlight/v1/stream?users=${ben.id}`, { headers });
    await show('Connections');
    await press(page.getByRole('row', { name: 'Demo reader' }).getByRole('button', { name: 'End' }));
    assert.match(await stream.text(), /event: end\n.*\n?.*notAllowed/);
    await page.getByRole('row', { name: 'Demo reader' }).waitFor({ state: 'detached' });
  });

  it('adds a display', async () => {
    const { tenant, applications } = await (await fetch(`${site.url}/porchlight/v1/web`)).json();
    const post = async (path, fields) =>
      (await fetch(`${site.url}/${tenant.id}/oauth2/v2.0/${path}`, { method: 'POST', body: new URLSearchParams({ client_id: applications.wall, ...fields }) })).json();
    const begun = await post('devicecode', { scope: 'openid offline_access https://graph.microsoft.com/.default' });
    await show('Displays');
    const [codes] = await Promise.all([page.waitForEvent('popup'), press(page.getByRole('link', { name: /page for codes/ }))]);
    await codes.locator('input[name="user_code"]').waitFor();
    await codes.keyboard.type(begun.user_code);
    await codes.keyboard.press('Enter');
    const accept = codes.getByRole('button', { name: /Accept|Continue|Allow/ }).first();
    const password = codes.locator('input[name="password"]');
    await accept.or(password).first().waitFor();
    if (await password.isVisible()) {
      await codes.keyboard.type(ana.upn);
      await codes.keyboard.press('Tab');
      await codes.keyboard.type(site.password);
      await codes.keyboard.press('Enter');
      await accept.waitFor();
    }
    if (!(await accept.evaluate((one) => one === document.activeElement))) await tabTo(codes, accept);
    await codes.keyboard.press('Enter');
    await accept.waitFor({ state: 'detached' });
    await codes.close();
    await site.advance('PT6S');
    const tokens = await post('token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: begun.device_code });
    assert.ok(tokens.access_token, JSON.stringify(tokens));
    await press(button('Refresh'));
    await page.getByRole('region', { name: 'Sign-ins' }).getByRole('row', { name: ana.upn }).waitFor();
  });

  it('changes the clock', async () => {
    await show('Clock');
    const now = async () => Date.parse((await (await fetch(`${site.url}/porchlight/v1/web`)).json()).now);
    const before = await now();
    const advanced = page.waitForResponse((response) => response.url().includes('/clock') && response.request().method() === 'POST');
    await tabTo(page, button('+ 5 min'));
    await page.keyboard.press('Space');
    await advanced;
    assert.equal((await now()) - before, 5 * 60_000);
  });

  it('looks at a person as another one', async () => {
    await show('View as');
    await enter('Viewer', ana.upn);
    await enter('Looks at', ben.upn);
    await page.keyboard.press('Enter');
    await page.getByText('The viewer sees the person:').waitFor();
    assert.deepEqual(site.faults, []);
  });
});
