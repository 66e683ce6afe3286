// Fills what the authority shares between tenants and networks (docs/security.md, "Before authentication").
import { Flood } from './flood.mjs';

// Keeps `width` forms on their way to a path, from `hosts` addresses of the tenant, until one gets `status` and
// whileFull ends.
async function floodForms(tenant, { hosts, width, path, fields, status }, whileFull) {
  const clients = Array.from({ length: hosts }, (_, n) => tenant.at(n + 1, { keepAlive: true }));
  const flood = new Flood(width, (n) => clients[n % hosts].form(path, fields(n)));
  await flood.refused(status);
  await whileFull(`${flood.count(status)} of ${flood.sent} requests got ${status}`);
  flood.stop();
  clients.forEach((client) => client.close());
}

export const signIn = {
  'requests to the authority': {
    fill: ({ a }, whileFull) =>
      floodForms(a, { hosts: 1, width: 20, path: a.tokenPath(), fields: () => ({}), status: 429 }, whileFull),
  },

  'password hashes': {
    fill({ a }, whileFull) {
      const fields = (n) => a.byPassword(`guess${n}@adatum.example`, 'a wrong password');
      return floodForms(a, { hosts: 50, width: 300, path: a.tokenPath(), fields, status: 503 }, whileFull);
    },
  },

  'other requests to the authority': {
    fill: ({ a }, whileFull) =>
      floodForms(a, { hosts: 50, width: 450, path: a.tokenPath(), fields: () => a.byApplication, status: 503 }, whileFull),
  },

  // Guesses of user codes have a counter of the same class (authority/lockout.h).
  'guesses of passwords, and of user codes': {
    async fill({ a, b }, whileFull) {
      await b.client.form(b.tokenPath(), b.byPassword(b.upn(1))); // from a network that counts apart from then on
      const signIn = async (tenant, secret) => {
        const { body } = await a.client.form(tenant.tokenPath(), tenant.byPassword(tenant.upn(1), secret));
        return body.includes('AADSTS50053') ? 'locked' : 'not locked';
      };
      const guesses = [];
      for (let n = 0; n < 101; ++n) guesses.push(await signIn(b, 'a wrong password'));
      const isFull = guesses.at(-1) === 'locked' && (await signIn(a)) === 'locked';
      await whileFull(isFull && 'after 101 guesses from a host, the right password of another user is refused there');
    },
  },

  // The bound of all tenants together is too large for this test: ExpiringMap.* have small ones.
  'codes, device codes, sessions': {
    async fill({ a }, whileFull) {
      const start = async () =>
        JSON.parse((await a.client.form(a.devicePath(), { client_id: a.phone, scope: 'Presence.Read' })).body).device_code;
      const first = await start();
      for (let n = 0; n < 200; n += 20) await Promise.all(Array.from({ length: 20 }, start));
      const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
      const { body } = await a.client.form(a.tokenPath(), { grant_type, client_id: a.phone, device_code: first });
      await whileFull(JSON.parse(body).error === 'expired_token' && 'the first of 201 device codes of a host has ended');
    },
  },
};
