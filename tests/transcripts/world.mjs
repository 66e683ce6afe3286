// The environment of one transcript: a server with the users and applications of the cast, and a clock.
import { generateKeyPairSync } from 'node:crypto';
import { Beacon } from './beacon.mjs';
import { Receivers } from './receivers.mjs';
import { moment } from './transcript.mjs';

const start = '2030-01-07T09:00:00Z'; // a Monday; the default start of the clock
const years = 10 * 365 * 86_400;

// Returns an id; ids sort in the order of declaration.
const idOf = (prefix, number) => `${prefix}-bbbb-4ccc-8ddd-${String(number).padStart(12, '0')}`;

export class World {
  static async make(template, cast) {
    const world = new World();
    world.cast = cast;
    world.start = cast.clock ?? start;
    world.now = 0;
    world.minter = template.minter;
    world.names = new Map(); // values remembered by the transcript
    world.followers = new Map();
    world.underWay = new Map(); // pending requests by name: {step, answer}
    const settings = [...cast.settings];
    if (cast.receivers.length > 0) {
      world.receivers = await Receivers.start([...cast.receivers, 'aside'], template.scratch);
      settings.push(...world.receivers.settings);
    }
    try {
      world.server = await template.start({ clock: world.start, settings, tls: Boolean(cast.tls) });
      await world.populate();
      if (world.receivers) world.beacon = await Beacon.make(world);
    } catch (error) {
      await world.end().catch(() => {});
      throw error;
    }
    return world;
  }

  receiver(name) {
    const receiver = this.receivers?.named.get(name);
    if (!receiver) throw new Error(`no receiver is called "${name}"`);
    return receiver;
  }

  // Returns when every notification to the receiver so far has arrived.
  shine(receiver) {
    return this.beacon.shine(receiver, this.receiver('aside'));
  }

  async populate() {
    const { tenants, people, apps, groups, tokens } = this.cast;
    this.ids = new Map();
    this.callers = new Map();
    for (const [index, { name, zone }] of tenants.entries()) {
      this.ids.set(name, idOf('ffffffff', index + 1));
      await this.server.admin({ command: 'tenant.add', name, id: this.ids.get(name) });
      if (zone) await this.server.admin({ command: 'tenant.set', tenant: name, zone });
    }
    for (const { name, trust } of tenants)
      if (trust) await this.server.admin({ command: 'tenant.set', tenant: name, trust: [trust] });
    const helpers = [
      { name: 'watcher', tenant: 'contoso', may: ['Presence.Read.All'] },
      { name: 'admin', tenant: 'contoso', may: ['Porchlight.Admin', 'Presence.ReadWrite.All'] },
      ...tenants.map(({ name }) => ({ name: `portal-${name}`, tenant: name, may: [] })),
    ];
    for (const [index, app] of [...helpers, ...apps].entries()) {
      const id = idOf('eeeeeeee', index + 1);
      const tenant = this.ids.get(app.tenant);
      this.ids.set(app.name, id);
      this.callers.set(app.name, { ...app, app: id });
      const { name, client = false, priority = false, may: roles } = app;
      const tenants = app.also ? [tenant, this.ids.get(app.also)] : [tenant];
      for (const one of tenants) await this.server.admin({ command: 'app.add', tenant: one, name, id, client, priority, roles });
    }
    for (const [index, person] of people.entries()) {
      const id = idOf('aaaaaaaa', index + 1);
      const tenant = this.ids.get(person.tenant);
      this.ids.set(person.name, id);
      this.callers.set(person.name, { ...person, app: this.ids.get(`portal-${person.tenant}`), user: id });
      const name = person.name[0].toUpperCase() + person.name.slice(1);
      await this.server.admin({ command: 'user.add', tenant, upn: this.upn(person), name, id });
    }
    for (const [index, group] of groups.entries()) {
      const id = idOf('bbbbbbbb', index + 1);
      this.ids.set(group.name, id);
      const users = group.members.map((member) => this.ids.get(member));
      await this.server.admin({ command: 'group.add', tenant: this.ids.get(group.tenant), name: group.name, id, users });
    }
    for (const { name, text } of tokens) this.callers.set(name, { token: this.specialToken(text) });
  }

  upn({ name, tenant, upn = `${name}@${tenant}.example` }) {
    return upn;
  }

  claims(caller) {
    const tid = this.ids.get(caller.tenant);
    const began = Math.floor(Date.parse(this.start) / 1000);
    return {
      aud: '00000003-0000-0000-c000-000000000000',
      iss: `https://porchlight.local/${tid}/v2.0`,
      iat: began,
      nbf: began,
      exp: began + years,
      tid,
      oid: caller.user ?? caller.app,
      appid: caller.app,
      ...(caller.user
        ? { idtyp: 'user', ...(caller.may.length > 0 ? { scp: caller.may.join(' ') } : {}) }
        : { idtyp: 'app', roles: caller.may }),
      ver: '1.0',
    };
  }

  // Returns the token for a text as in `desk; exp t-6min; no idtyp; header alg "none"; signed by a stranger`, or for a text in
  // quotes.
  specialToken(text) {
    if (text.startsWith('"')) return JSON.parse(this.filled(text));
    const [whose, ...changes] = text.split(/;\s*/);
    const claims = this.claims(this.caller(whose));
    const options = { header: {} };
    for (const change of changes) {
      const [, name, value] = change.match(/^(\S+) (.*)$/);
      const header = value.match(/^(\S+) (.*)$/);
      if (change === 'signed by a stranger') options.key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
      else if (name === 'no') delete claims[value];
      else if (name === 'header') options.header[header[1]] = JSON.parse(header[2]);
      else claims[name] = this.claim(value);
    }
    return this.minter.mint(claims, options);
  }

  claim(text) {
    const ms = moment(text, this.start);
    return ms === undefined ? JSON.parse(this.filled(text)) : Math.floor((Date.parse(this.start) + ms) / 1000);
  }

  // Returns the caller for "alice", "desk", "alice through desk" or the name of a token.
  caller(text) {
    const [name, app] = text.split(' through ');
    const caller = this.callers.get(name);
    if (!caller || (app && !this.callers.has(app))) throw new Error(`nobody is called "${text}"`);
    return app ? { ...caller, app: this.callers.get(app).app, token: undefined } : caller;
  }

  tokenOf(text) {
    if (text === 'nobody') return undefined;
    const caller = this.caller(text);
    caller.token ??= this.minter.mint(this.claims(caller));
    return caller.token;
  }

  // Replaces the placeholders of a text: {alice}, {ALICE}, {alice.upn}, {alice.token}, {desk.app}, {host}, {650 ids},
  // {650 'ids'}, {t+1h}, {in 1h}, {hook}, {hook.certificate}.
  filled(text) {
    return text.replace(/\{(\d+ '?ids'?|(?:t\+|in )[\w.]+|[A-Za-z][\w-]*(?:\.\w+)?)\}/g, (whole, what) => {
      const [, from, after] = what.match(/^(t\+|in )(\S+)$/) ?? [];
      const ms = from && moment(`t+${after}`, this.start);
      if (ms !== undefined) return this.timeText(from === 'in ' ? this.now + ms : ms);
      const [name, part] = what.split('.');
      const receiver = this.receivers?.named.get(name);
      if (receiver) return part ? receiver.filled(part) : receiver.url;
      if (/^\d+ '?ids/.test(what)) {
        const quote = what.includes("'") ? "'" : '"';
        return Array.from({ length: parseInt(what, 10) }, (_, i) => quote + idOf('cccccccc', i + 1) + quote).join(',');
      }
      if (what === 'host') return this.server.url;
      if (this.names.has(what)) return this.names.get(what);
      if (part === 'upn') return this.upn(this.caller(name));
      if (part === 'token') return this.tokenOf(name);
      if (part === 'app') return this.caller(name).app;
      if (this.ids.has(what)) return this.ids.get(what);
      if (what === what.toUpperCase() && this.ids.has(what.toLowerCase()))
        return this.ids.get(what.toLowerCase()).toUpperCase();
      throw new Error(`nothing is called ${whole}`);
    });
  }

  // Returns the time `ms` after the start, as the server writes times.
  timeText(ms) {
    return new Date(Date.parse(this.start) + ms).toISOString().replace('Z', '0000Z');
  }

  // Moves the clock to `ms` after the start; it moves forward only.
  async moveTo(ms) {
    const most = 366 * 86_400_000;
    if (this.now < ms) await this.shineAll(); // notifications of the time before have arrived
    while (this.now < ms) {
      const step = Math.min(ms - this.now, most);
      const answer = await this.send('admin', 'POST', '/porchlight/v1/clock', [], `{"advance":"PT${step / 1000}S"}`);
      if (answer.status !== 200) throw new Error(`the clock answered ${answer.status}: ${answer.body}`);
      this.now += step;
    }
  }

  // Sends a request. `path`: a path, or a link from a response. `fields`: [{name, value}]; the value "none" removes a header
  // that is sent by default.
  send(caller, method, path, fields = [], body = undefined, sent = undefined) {
    const headers = {};
    const token = this.tokenOf(caller);
    if (token !== undefined) headers.Authorization = `Bearer ${token}`;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    for (const { name, value } of fields) {
      const same = Object.keys(headers).find((known) => known.toLowerCase() === name.toLowerCase());
      if (same) delete headers[same];
      if (value !== 'none') headers[name] = value;
    }
    const local = path.startsWith(this.server.url) ? path.slice(this.server.url.length) : path;
    return this.server.send({ method, path: local.replaceAll(' ', '%20'), headers, body, sent });
  }

  // Kills the server, and starts it again on the same data with the same time.
  crash() {
    return this.server.crash(new Date(Date.parse(this.start) + this.now).toISOString());
  }

  // Removes a user from the directory.
  remove(person) {
    const { tenant, user } = this.caller(person);
    return this.server.admin({ command: 'user.remove', tenant: this.ids.get(tenant), user });
  }

  // Waits for everything on its way to open followers and to receivers that were validated.
  async shineAll() {
    for (const follower of this.followers.values()) if (!follower.isOver) await follower.pass();
    for (const receiver of this.receivers?.named.values() ?? []) if (receiver.isUsed) await this.shine(receiver);
  }

  async end() {
    this.receivers?.stop();
    await this.server?.stop();
  }
}
