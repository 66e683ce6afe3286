// Random commands on one user: the caller, the HTTP request, and the response that the specification demands.
import { randomFeed } from './feeds.mjs';
import { preferredPairs, ranking, sessionPairs } from './rules.mjs';
import { toLocal, zoneNames } from './zones.mjs';

// The callers: the application of the token, the user in it (`self`: the user of the request; `other`: another user; none
// for application permissions), and the granted permissions.
export const callers = {
  desk: { app: 'desk', may: ['Presence.ReadWrite.All'] },
  phone: { app: 'phone', may: ['Presence.ReadWrite.All'] },
  board: { app: 'board', may: ['Presence.Read.All', 'Presence.ReadWrite.All'] },
  teams: { app: 'teams', may: ['Presence.ReadWrite.All'], client: true },
  pager: { app: 'pager', may: ['Presence.ReadWrite.All'], priority: true },
  reader: { app: 'reader', may: ['Presence.Read.All'] },
  mute: { app: 'reader', may: [] },
  self: { app: 'portal', user: 'self', may: ['Presence.Read', 'Presence.ReadWrite'] },
  selfAtDesk: { app: 'desk', user: 'self', may: ['Presence.ReadWrite'] },
  selfReading: { app: 'portal', user: 'self', may: ['Presence.Read'] },
  selfReadingAll: { app: 'portal', user: 'self', may: ['Presence.Read.All'] },
  selfMute: { app: 'portal', user: 'self', may: [] },
  other: { app: 'portal', user: 'other', may: ['Presence.Read', 'Presence.ReadWrite'] },
  otherReading: { app: 'portal', user: 'other', may: ['Presence.Read.All'] },
};
const usualWriters = ['desk', 'desk', 'desk', 'phone', 'phone', 'board', 'teams', 'pager', 'self', 'self', 'selfAtDesk'];
const apps = ['desk', 'phone', 'board', 'teams', 'self'];
const usualReaders = ['reader', 'desk', 'self', 'self', 'selfReading', 'otherReading'];

const minute = 60_000;
// Weights, durations as text, and their milliseconds; undefined for an absent duration.
const lives = [
  [4, [undefined, undefined]],
  [1, [null, undefined]],
  [6, ['PT5M', 5 * minute]],
  [2, ['PT300S', 5 * minute]],
  [4, ['PT6M', 6 * minute]],
  [4, ['PT10M', 10 * minute]],
  [3, ['PT15M', 15 * minute]],
  [3, ['PT59M59.999S', 60 * minute - 1]],
  [6, ['PT1H', 60 * minute]],
  [5, ['PT4H', 240 * minute]],
  [1, ['P0DT3H', 180 * minute]],
  [0.4, ['PT4M59.999S', 5 * minute - 1]],
  [0.4, ['PT4H0.001S', 240 * minute + 1]],
  [0.2, ['PT0S', 0]],
  [0.2, ['-PT5M', -5 * minute]],
  [0.2, ['P1D', 1440 * minute]],
];
const preferredLives = [
  [4, [undefined, undefined]],
  [1, [null, undefined]],
  [2, ['PT0.001S', 1]],
  [3, ['PT1M', minute]],
  [3, ['PT5M', 5 * minute]],
  [3, ['PT10M', 10 * minute]],
  [3, ['PT1H', 60 * minute]],
  [2, ['P1D', 1440 * minute]],
  [0.5, ['P366D', 366 * 1440 * minute]],
  [0.3, ['P366DT0.001S', 366 * 1440 * minute + 1]],
  [0.3, ['PT0S', 0]],
  [0.3, ['-PT1M', -minute]],
];
const badDurations = ['5m', 'P1M', 'P1W', 'PT', 'PT1H30', 'yesterday', '', 300, ['PT5M'], true];

// A session id as it is sent, and as it is compared: GUIDs compare as GUIDs (spec presence §5.6). `crowded`: the user has
// nearly as many sessions as the limit.
function sessionId(random, crowded) {
  const text = `s${1 + random.below(crowded ? 20 : 3)}`;
  if (crowded || !random.chance(0.1)) return [text, text];
  const guid = `ABCDEF00-0000-4000-8000-00000000000${1 + random.below(2)}`;
  return [random.chance(0.5) ? guid : guid.toLowerCase(), guid.toLowerCase()];
}

// A pair as it is sent, in any letter case, and as it is stored.
function pairOf(random, usual, any = ranking) {
  const pair = random.chance(0.92) ? random.one(usual) : random.one(any);
  const written = random.chance(0.9) ? pair : random.chance(0.5) ? pair.toLowerCase() : pair.toUpperCase();
  return [written.split('/'), pair];
}

// Actions without parameters, and the values of status messages and locations.
const plain = { members: {}, required: [], args: {} };
const usualOwners = ['self', 'self', 'selfAtDesk'];
const soon = [1, minute, 5 * minute, 10 * minute, 60 * minute, 1440 * minute];
const contents = [
  [6, 'Back soon'],
  [3, ' <b>"Grüße"</b> 😀 '],
  [2, ''],
  [1, '   '],
  [1, 'é'.repeat(280)],
  [0.5, 'é'.repeat(281)],
];
const contentTypes = [
  [6, 'text'],
  [3, undefined],
  [0.5, 'html'],
];

// An expiry: `members` is sent, `args` is for the rules.
function expiryOf(random, now) {
  const timeZone = random.chance(0.95) ? random.one(zoneNames) : 'Mars/Olympus';
  const after = random.chance(0.9) ? random.one(soon) : random.one([0, -1, -minute]);
  const local = toLocal(now + after, timeZone === 'Mars/Olympus' ? 'UTC' : timeZone);
  const wrong = random.chance(0.05);
  const exact = new Date(local).toISOString().replace('Z', '');
  const short = local % 1000 === 0 && random.chance(0.5);
  const ticks = !short && random.chance(0.3) ? random.below(10_000) : 0;
  const dateTime = (short ? exact.slice(0, 19) : exact + String(ticks).padStart(4, '0')) + (wrong ? 'Z' : '');
  return { members: { dateTime, timeZone }, args: { local, ticks, timeZone, wrong } };
}

// A work location of one layer.
function locationOf(random, layer) {
  const type = random.weighted([
    [5, 'office'],
    [5, 'remote'],
    [3, 'timeOff'],
    [0.5, 'beach'],
  ]);
  const place = random.one([undefined, null, 'tower', 'Zimmer 2 "links"']);
  return { members: { workLocationType: type, placeId: place }, required: ['workLocationType'], args: { layer, type, place } };
}

// For each verb {caller, members, required, args}: `members` is the body, `required` the members that it must have, `args`
// is for the rules.
const verbs = {
  setPresence(random, crowded) {
    const caller = random.one(crowded ? apps : usualWriters);
    const client = Boolean(callers[caller].client);
    const [sessionText, session] = sessionId(random, crowded);
    const [[availability, activity], pair] = pairOf(random, client ? ranking : sessionPairs);
    const [expirationDuration, duration] = crowded ? ['PT4H', 240 * minute] : random.weighted(lives);
    return {
      caller,
      members: { sessionId: sessionText, availability, activity, expirationDuration },
      required: ['sessionId', 'availability', 'activity'],
      args: { app: callers[caller].app, session, pair, duration, client, priority: Boolean(callers[caller].priority) },
    };
  },
  clearPresence(random, crowded) {
    const caller = random.one(usualWriters);
    const [sessionText, session] = sessionId(random, crowded);
    return {
      caller,
      members: { sessionId: sessionText },
      required: ['sessionId'],
      args: { app: callers[caller].app, session },
    };
  },
  setUserPreferredPresence(random) {
    const [[availability, activity], pair] = pairOf(random, Object.keys(preferredPairs));
    const [expirationDuration, duration] = random.weighted(preferredLives);
    return {
      caller: random.one(usualWriters),
      members: { availability, activity, expirationDuration },
      required: ['availability', 'activity'],
      args: { pair, duration },
    };
  },
  clearUserPreferredPresence: (random) => ({ caller: random.one(usualWriters), ...plain }),
  setStatusMessage(random, crowded, now) {
    const caller = random.one(usualWriters);
    const required = ['statusMessage'];
    if (random.chance(0.1)) return { caller, members: { statusMessage: null }, required, args: { content: '' } };
    const content = random.weighted(contents);
    const contentType = random.weighted(contentTypes);
    const expiry = content.trim() !== '' && random.chance(0.7) ? expiryOf(random, now) : undefined;
    const message = { content, contentType };
    const statusMessage = expiry ? { message, expiryDateTime: expiry.members } : { message };
    return { caller, members: { statusMessage }, required, args: { content, contentType, expiry: expiry?.args } };
  },
  setManualLocation: (random) => ({ caller: random.one(usualOwners), ...locationOf(random, 'manual') }),
  setAutomaticLocation: (random) => ({ caller: random.one(usualOwners), ...locationOf(random, 'automatic') }),
  setScheduledLocation: (random) => ({ caller: random.one(usualWriters), ...locationOf(random, 'scheduled') }),
  clearAutomaticLocation: (random) => ({ caller: random.one(usualOwners), ...plain, args: { layers: ['automatic'] } }),
  clearLocation: (random) => ({ caller: random.one(usualOwners), ...plain, args: { layers: ['manual', 'automatic'] } }),
  clearScheduledLocation: (random) => ({ caller: random.one(usualWriters), ...plain, args: { layers: ['scheduled'] } }),
  setOutOfOffice(random, crowded, now) {
    const message = random.one(['On holiday', 'Öffnet um "neun"']);
    const from = random.chance(0.4) ? now + random.one(soon) : undefined;
    const until = random.chance(0.6) ? (from ?? now) + random.one(soon) : undefined;
    const text = (time) => (time === undefined ? undefined : new Date(time).toISOString());
    return {
      caller: random.one(usualWriters),
      members: { message, start: text(from), end: text(until) },
      required: [],
      args: { message, from, until },
    };
  },
  clearOutOfOffice: (random) => ({ caller: random.one(usualWriters), ...plain }),
  setCalendar(random, crowded, now, zone) {
    const { text, busy, out } = randomFeed(random, now, zone);
    return { caller: random.one(usualWriters), body: text, type: 'text/calendar', args: { busy, out } };
  },
  clearCalendar: (random) => ({ caller: random.one(usualWriters), ...plain }),
};
// The method of rules.Person for each verb.
const rules = {
  setPresence: 'setSession',
  clearPresence: 'clearSession',
  setUserPreferredPresence: 'setPreferred',
  clearUserPreferredPresence: 'clearPreferred',
  setStatusMessage: 'setMessage',
  setManualLocation: 'setLocation',
  setAutomaticLocation: 'setLocation',
  clearAutomaticLocation: 'clearLocations',
  clearLocation: 'clearLocations',
  setScheduledLocation: 'setLocation',
  clearScheduledLocation: 'clearLocations',
  setOutOfOffice: 'setOutOfOffice',
  clearOutOfOffice: 'clearOutOfOffice',
  setCalendar: 'setCalendar',
  clearCalendar: 'clearCalendar',
};
// Porchlight's own operations, which Graph does not have: method and path.
const ours = {
  explain: ['GET', 'presence/explain'],
  setScheduledLocation: ['PUT', 'scheduledLocation'],
  clearScheduledLocation: ['DELETE', 'scheduledLocation'],
  setOutOfOffice: ['PUT', 'outOfOffice'],
  clearOutOfOffice: ['DELETE', 'outOfOffice'],
  setCalendar: ['PUT', 'calendar'],
  clearCalendar: ['DELETE', 'calendar'],
};

// Makes the body invalid in a way that is checked before the permission (spec presence §10 step 5).
function spoil(random, command) {
  const { verb, members, required } = command;
  if (ours[verb]?.[0] === 'DELETE' || verb === 'setCalendar') return command; // the body is not JSON
  const kind = random.below(3);
  if (kind === 0) return { ...command, body: '{"sessionId":"s1",', fault: { status: 400, code: 'BadRequest' } };
  if (kind === 1 && required.length > 0) {
    const rest = { ...members };
    delete rest[random.one(required)];
    return { ...command, members: rest, fault: { status: 400, code: 'InvalidArgument' } };
  }
  if (required.length === 0) return command;
  const name = random.one(required);
  const wrong = { ...members, [name]: random.one([7, true, ['x'], name === 'statusMessage' ? 'x' : { x: 1 }]) };
  if ('expirationDuration' in members && random.chance(0.5)) {
    const expirationDuration = random.one(badDurations);
    return { ...command, members: { ...members, expirationDuration }, fault: { status: 400, code: 'BadRequest' } };
  }
  return { ...command, members: wrong, fault: { status: 400, code: 'BadRequest' } };
}

// How the path names the user.
function formOf(random, caller, verb) {
  if (ours[verb]) return !verb.endsWith('ScheduledLocation') && callers[caller].user === 'self' ? 'me' : random.one(['users', 'upn']);
  if (callers[caller].user === 'self') return random.one(['me', 'me', 'users', 'communications', 'upn']);
  if (callers[caller].user === 'other') return random.one(['users', 'communications', 'upn']);
  return random.chance(0.02) ? 'me' : random.one(['users', 'users', 'users', 'communications', 'upn', 'capitals']);
}

// Adds the path, the API version and, rarely, another caller or an unknown user.
function finished(random, command) {
  const caller = random.chance(0.04) ? random.one(Object.keys(callers)) : command.caller;
  // Another caller has other sessions and other rights.
  const args = command.args && 'app' in command.args ? { ...command.args, app: callers[caller].app } : command.args;
  for (const kind of ['client', 'priority']) if (args && kind in args) args[kind] = Boolean(callers[caller][kind]);
  return {
    ...command,
    args,
    caller,
    form: formOf(random, caller, command.verb),
    version: random.chance(0.8) ? 'v1.0' : 'beta',
    unknownUser: random.chance(0.01),
  };
}

// A random read or change.
export function randomCommand(random, crowded, now, zone) {
  if (random.chance(0.45)) {
    const verb = random.chance(0.1) ? 'explain' : 'read';
    return finished(random, { verb, caller: random.one(usualReaders), validates: random.chance(0.3) });
  }
  const verb = random.weighted([
    [crowded ? 60 : 10, 'setPresence'],
    [4, 'clearPresence'],
    [3, 'setUserPreferredPresence'],
    [2, 'clearUserPreferredPresence'],
    [3, 'setStatusMessage'],
    [1, 'setManualLocation'],
    [1, 'setAutomaticLocation'],
    [0.5, 'clearAutomaticLocation'],
    [0.5, 'clearLocation'],
    [0.5, 'setScheduledLocation'],
    [0.3, 'clearScheduledLocation'],
    [1, 'setOutOfOffice'],
    [0.5, 'clearOutOfOffice'],
    [1.5, 'setCalendar'],
    [0.3, 'clearCalendar'],
  ]);
  const command = { verb, ...verbs[verb](random, crowded, now, zone) };
  return finished(random, random.chance(0.03) ? spoil(random, command) : command);
}

const unknownId = '99999999-0000-4000-8000-000000000009';

// The HTTP request of a command. `person` is {id, upn}.
export function request(command, person) {
  const { verb, form, version, members, body, type, unknownUser } = command;
  const id = unknownUser ? unknownId : { upn: person.upn, capitals: person.id.toUpperCase() }[form] ?? person.id;
  if (ours[verb]) {
    const [method, thing] = ours[verb];
    const path = `/porchlight/v1/${form === 'me' ? 'me' : `users/${id}`}/${thing}`;
    return method === 'PUT' ? { method, path, type, body: body ?? JSON.stringify(members) } : { method, path };
  }
  const place = { me: 'me/presence', communications: `communications/presences/${id}` }[form] ?? `users/${id}/presence`;
  if (verb === 'read') return { method: 'GET', path: `/${version}/${place}` };
  return { method: 'POST', path: `/${version}/${place}/${verb}`, body: body ?? JSON.stringify(members) };
}

// The operations that only the user may call, and no application (spec presence §5.11).
const ownOnly = ['setManualLocation', 'setAutomaticLocation', 'clearAutomaticLocation', 'clearLocation'];

// The permission check (spec protocol §4): undefined, or the refusal.
function forbidden({ verb, form, unknownUser, caller }) {
  const { user, may } = callers[caller];
  const writes = verb !== 'read' && verb !== 'explain';
  const self = user === 'self' && (form === 'me' || !unknownUser);
  if (ownOnly.includes(verb) && !(self && may.includes('Presence.ReadWrite'))) return { status: 403, code: 'Forbidden' };
  const enough = !user
    ? [...(writes ? [] : ['Presence.Read.All']), 'Presence.ReadWrite.All']
    : writes
      ? ['Presence.ReadWrite']
      : ['Presence.Read.All', ...(self ? ['Presence.Read', 'Presence.ReadWrite'] : [])];
  if (!may.some((permission) => enough.includes(permission))) return { status: 403, code: 'Forbidden' };
  if (writes && user && !self) return { status: 401, code: 'Unauthorized' };
  return undefined;
}

// The expected response, with the checks in the order of spec presence §10. `model` is the user's rules.Person, which the
// command changes. The result is {status, code} for an error, {status: 200, body} for a whole body, whose context begins
// with `host`, {status: 200, part} for some members of the body, or {status: 200, anyBody: true}.
export function expected(command, model, now, host) {
  const { verb, form, version, caller, unknownUser, fault, args } = command;
  if (form === 'me' && !callers[caller].user) return { status: 400, code: 'BadRequest' };
  if (fault) return fault;
  const refused = forbidden(command);
  if (refused) return refused;
  if (unknownUser && form !== 'me') return { status: 404, code: 'Request_ResourceNotFound' };
  if (verb === 'explain') return { status: 200, part: model.explain(now) };
  if (verb !== 'read') return model[rules[verb]](now, args);
  const presence = model.read(now, callers[caller].user === 'self');
  const root = `http://${host}/${version}/$metadata#`;
  const body =
    form === 'communications'
      ? { '@odata.context': `${root}communications/presences/$entity`, ...presence, value: [presence] }
      : { '@odata.context': `${root}users('${model.id}')/presence/$entity`, ...presence };
  return { status: 200, body };
}

// A read of several users at once: by ids, in a body or a filter, or of all users. `people` are sorted by id.
export function randomBulkRead(random, people) {
  const way = random.weighted([
    [5, 'post'],
    [5, 'filter'],
    [1, 'list'],
  ]);
  const some = Array.from({ length: 1 + random.below(20) }, () => random.one(people));
  const chosen = way === 'list' ? people : [...new Set(some)];
  return { way, chosen, version: random.chance(0.8) ? 'v1.0' : 'beta', unknownUser: way !== 'list' && random.chance(0.3) };
}

export function bulkRequest({ way, chosen, version, unknownUser }) {
  const list = `/${version}/communications/presences`;
  const ids = [...chosen.map(({ id }) => id), ...(unknownUser ? [unknownId] : [])];
  if (way === 'list') return { method: 'GET', path: `${list}?$top=999` };
  if (way === 'post')
    return { method: 'POST', path: `/${version}/communications/getPresencesByUserId`, body: JSON.stringify({ ids }) };
  const filter = `id in (${ids.map((id) => `'${id}'`).join(',')})`;
  return { method: 'GET', path: `${list}?$filter=${encodeURIComponent(filter)}` };
}

// The expected body. For an unknown id only the pair is compared (spec presence §5.5).
export function bulkExpected({ way, chosen, version, unknownUser }, now, host) {
  const type = way === 'post' ? 'Collection(microsoft.graph.presence)' : 'communications/presences';
  const value = chosen.map(({ model }) => model.read(now, false));
  if (unknownUser) value.push({ id: unknownId, availability: 'PresenceUnknown', activity: 'PresenceUnknown' });
  return { '@odata.context': `http://${host}/${version}/$metadata#${type}`, value };
}

// Up to twenty commands in one $batch, all by the caller `desk`.
export function randomBatch(random, people, now, zone) {
  const version = random.one(['v1.0', 'beta']);
  const items = [];
  for (let left = 1 + random.below(20); left > 0; --left) {
    const command = { ...randomCommand(random, false, now, zone), caller: 'desk', version };
    if (command.args && 'app' in command.args) command.args = { ...command.args, app: 'desk', client: false, priority: false };
    if (!ours[command.verb] && !command.fault) items.push({ command, person: random.one(people) });
  }
  return { version, items };
}

export function batchRequest({ version, items }) {
  const requests = items.map(({ command, person }, n) => {
    const { method, path, body } = request(command, person);
    // As published clients send them: numbers as ids, and a null body where there is no other.
    const headers = method === 'GET' ? {} : { 'Content-Type': 'application/json' };
    const id = n % 2 ? n : String(n);
    return { id, method, url: path.slice(`/${version}`.length), headers, body: body === undefined ? null : JSON.parse(body) };
  });
  return { method: 'POST', path: `/${version}/$batch`, body: JSON.stringify({ requests }) };
}
