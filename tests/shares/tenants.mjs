// A server with two tenants. Each has users (the second has a password), an application with all permissions that the
// tests need, one of devices, and addresses of its own.
import { Client } from './client.mjs';

const start = '2030-01-07T09:00:00Z';
const roles = [
  'Presence.Read.All',
  'Presence.ReadWrite.All',
  'Porchlight.History.Read.All',
  'Porchlight.Admin',
];
const settings = [
  'authority.enabled = true',
  'authority.password_grant = true',
  'subscriptions.application_permission = true',
  'subscriptions.per_owner = 100',
  'webhooks.allow_ranges = ["127.0.0.0/8"]',
];
const password = 'a lantern in the window';
const graphScope = 'https://graph.microsoft.com/.default';

class Tenant {
  // `block`: the third number of its addresses, 127.0.BLOCK.1 and so on.
  static async make(server, name, block) {
    const tenant = Object.assign(new Tenant(), { server, name, block, users: [] });
    const admin = (command, more) => server.admin({ command, tenant: name, ...more });
    tenant.id = `ffffffff-0000-4000-8000-00000000000${block}`;
    await server.admin({ command: 'tenant.add', name, id: tenant.id });
    await tenant.addUsers(20);
    tenant.app = (await admin('app.add', { name: 'desk', roles, scopes: ['Presence.Read'] })).appId;
    tenant.phone = (await admin('app.add', { name: 'phone', scopes: ['Presence.Read'] })).appId;
    await admin('app.register', { app: 'phone', public: true });
    tenant.secret = (await admin('app.secret-add', { app: 'desk' })).secret;
    tenant.scimToken = (await admin('tenant.scim-token')).token;
    tenant.token = (await admin('token', { app: 'desk', roles, expires_ms: 86_400_000 })).token;
    await admin('user.password', { user: tenant.users[1], password });
    await admin('admin.grant', { user: tenant.users[2] });
    const administrator = { app: 'desk', user: tenant.users[2], scopes: ['Porchlight.Admin'], expires_ms: 86_400_000 };
    tenant.adminToken = (await admin('token', administrator)).token;
    return tenant;
  }

  // The same tenant on a server that started with its data.
  on(server, more) {
    const tenant = Object.assign(new Tenant(), this, { server, users: [...this.users] }, more);
    tenant.client = tenant.at(1);
    return tenant;
  }

  // Adds users until there are `count`.
  async addUsers(count) {
    const { name, block } = this;
    const id = (n) => `aaaaaaaa-bbbb-4ccc-8dd${block}-${String(n).padStart(12, '0')}`;
    const more = Array.from({ length: count - this.users.length }, (_, i) => id(this.users.length + i));
    const rows = more.map((user, i) => [i + 1, user, `user${this.users.length + i}@${name}.example`, 'A user']);
    this.users.push(...more);
    for (let from = 0; from < rows.length; from += 1000)
      await this.server.admin({ command: 'user.import', tenant: name, rows: rows.slice(from, from + 1000) });
  }

  // A client at the tenant's n-th address, from 1 to 250.
  at(n, options) {
    return new Client(this.server.port, `127.0.${this.block}.${n}`, options);
  }

  upn(n) {
    return `user${n}@${this.name}.example`;
  }

  // The fields of a request for a token of the application itself, and of one with a user's password.
  get byApplication() {
    return { grant_type: 'client_credentials', client_id: this.app, client_secret: this.secret, scope: graphScope };
  }
  byPassword(username, secret = password) {
    const application = { client_id: this.app, client_secret: this.secret };
    return { grant_type: 'password', ...application, scope: 'Presence.Read', username, password: secret };
  }

  // Requests of the tenant's application.
  presence(user) {
    return { path: `/v1.0/users/${user}/presence`, token: this.token };
  }
  setPresence(user, activity) {
    const body = { sessionId: 'desk', availability: 'Busy', activity, expirationDuration: 'PT4H' };
    return { method: 'POST', path: `/v1.0/users/${user}/presence/setPresence`, token: this.token, body };
  }
  many(ids, query = '') {
    const path = `/v1.0/communications/getPresencesByUserId${query}`;
    return { method: 'POST', path, token: this.token, body: { ids } };
  }
  calendar(user, text) {
    const headers = { 'Content-Type': 'text/calendar' };
    return { method: 'PUT', path: `/porchlight/v1/users/${user}/calendar`, token: this.token, headers, body: text };
  }
  subscription(user, url) {
    const body = {
      changeType: 'updated',
      notificationUrl: url,
      resource: `communications/presences/${user}`,
      expirationDateTime: new Date(this.world.now + 3_600_000).toISOString(),
    };
    return { method: 'POST', path: '/v1.0/subscriptions', token: this.token, body };
  }
  scim(method, path, body) {
    const headers = { 'Content-Type': 'application/scim+json' };
    return { method, path: `/scim/v2${path}`, token: this.scimToken, headers, body };
  }
  administration(method, path, body) {
    return { method, path: `/porchlight/v1/admin${path}`, token: this.adminToken, body };
  }
  tokenPath() {
    return `/${this.id}/oauth2/v2.0/token`;
  }
  devicePath() {
    return `/${this.id}/oauth2/v2.0/devicecode`;
  }
}

export class World {
  // Prepares the template: its folder has both tenants from then on. `a` fills what both share, `b` must not notice.
  static async prepare(template, receivers) {
    const server = await template.start({ clock: start, settings });
    const tenants = { a: await Tenant.make(server, 'adatum', 1), b: await Tenant.make(server, 'contoso', 2) };
    server.child.kill('SIGTERM');
    await server.ended;
    template.data = server.data;
    return Object.assign(new World(), { template, tenants, receivers });
  }

  // Starts a server with these settings besides.
  async start(more = []) {
    const { a, b } = this.receivers;
    const webhooks = [`webhooks.ports = [${a.port}, ${b.port}]`, `webhooks.ca_file = ${JSON.stringify(a.file)}`];
    const world = Object.assign(new World(), { template: this.template, now: Date.parse(start) });
    world.server = await this.template.start({ clock: start, settings: [...settings, ...webhooks, ...more] });
    for (const [name, tenant] of Object.entries(this.tenants))
      world[name] = tenant.on(world.server, { world, receiver: this.receivers[name] });
    return world;
  }

  // Moves the server's clock forward.
  async pass(seconds) {
    const body = { advance: `PT${seconds}S` };
    const { status } = await this.b.client.send({ method: 'POST', path: '/porchlight/v1/clock', token: this.b.token, body });
    if (status !== 200) throw new Error(`the clock got ${status}`);
    this.now += seconds * 1000;
  }
}
