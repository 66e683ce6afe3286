// Parses a transcript into its description, its cast and its steps (README.md).

// A line that breaks the format, or whose expectation was not met.
export class Failure extends Error {
  constructor(line, message) {
    super(message);
    this.line = line;
  }
}

const units = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1000 };

// Returns milliseconds from the start, for "t+0", "t+1h30min", "t+4min59.999s", "t-6min"; undefined for other texts.
function offset(text) {
  const found = text.match(/^t([+-])(0|(?:[\d.]+(?:d|h|min|s))+)$/);
  if (!found) return undefined;
  let ms = 0;
  for (const [, count, unit] of found[2].matchAll(/([\d.]+)(d|h|min|s)/g)) ms += Number(count) * units[unit];
  return Math.round(found[1] === '-' ? -ms : ms);
}

// Returns milliseconds from the start, for an offset or a UTC time; undefined for other texts. `start`: the start of the clock.
export function moment(text, start) {
  const relative = offset(text);
  if (relative !== undefined) return relative;
  const absolute = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(absolute) ? undefined : absolute - Date.parse(start);
}

const words = (text) => (text === 'nothing' ? [] : text.split(/[\s,]+/));

// Lines of the cast, above the first step: a pattern, and a function that adds the line to the cast.
const castLines = [
  [
    /^tenant (\w+)(?: in (\S+))?(?: trusts (\w+))?$/,
    (cast, name, zone, trust) => {
      const known = cast.tenants.find((tenant) => tenant.name === name);
      if (known) Object.assign(known, { zone, trust });
      else cast.tenants.push({ name, zone, trust });
    },
  ],
  [
    /^person ([\w, ]+?)(?: of (\w+))?(?: called (\S+))?(?: may (.+))?$/,
    (cast, names, tenant = 'contoso', upn, may = 'nothing') => {
      for (const name of names.split(/,\s*/)) cast.people.push({ name, tenant, upn, may: words(may) });
    },
  ],
  [
    /^(?:(client|priority) )?app (\w+)(?: of (\w+))?(?: and (\w+))?(?: may (.+))?$/,
    (cast, kind, name, tenant = 'contoso', also, may = 'nothing') =>
      cast.apps.push({ name, tenant, also, client: kind === 'client', priority: kind === 'priority', may: words(may) }),
  ],
  [
    /^group (\w+)(?: of (\w+))? has ([\w, ]+)$/,
    (cast, name, tenant = 'contoso', members) => cast.groups.push({ name, tenant, members: members.split(/,\s*/) }),
  ],
  [/^token (\w+) = (.+)$/, (cast, name, text) => cast.tokens.push({ name, text })],
  [/^receiver ([\w, ]+)$/, (cast, names) => cast.receivers.push(...names.split(/,\s*/))],
  [/^clock (\S+Z)$/, (cast, start) => (cast.clock = start)],
  [/^setting (\S+ = .+)$/, (cast, setting) => cast.settings.push(setting)],
  [/^over TLS$/, (cast) => (cast.tls = true)],
];

const post = (caller, person, action, body) => ({
  caller,
  method: 'POST',
  path: `/v1.0/users/{${person}}/presence/${action}`,
  headers: [],
  body: JSON.stringify(body),
});

// Sentences for frequent requests. The default session id is the application's id, as Graph advises.
const sentences = [
  [
    /^(\w+) is (\w+)\/(\w+)$/,
    (person, availability, activity) => ({
      caller: 'watcher',
      method: 'GET',
      path: `/v1.0/users/{${person}}/presence`,
      headers: [],
      pair: `${availability}/${activity}`,
    }),
  ],
  [
    /^(\w+(?: through \w+)?) sets (\w+) (\w+)\/(\w+)(?: for (\S+))?(?: in session (\S+))?$/,
    (caller, person, availability, activity, expirationDuration, session) =>
      post(caller, person, 'setPresence', {
        sessionId: session ?? `{${caller.split(' ').at(-1)}.app}`,
        availability,
        activity,
        expirationDuration,
      }),
  ],
  [
    /^(\w+(?: through \w+)?) clears (\w+)(?: in session (\S+))?$/,
    (caller, person, session) =>
      post(caller, person, 'clearPresence', { sessionId: session ?? `{${caller.split(' ').at(-1)}.app}` }),
  ],
  [
    /^(\w+(?: through \w+)?) sets (\w+)'s preference (\w+)\/(\w+)(?: for (\S+))?$/,
    (caller, person, availability, activity, expirationDuration) =>
      post(caller, person, 'setUserPreferredPresence', { availability, activity, expirationDuration }),
  ],
  [
    /^(\w+(?: through \w+)?) clears (\w+)'s preference$/,
    (caller, person) => post(caller, person, 'clearUserPreferredPresence', {}),
  ],
  [
    /^(\w+(?: through \w+)?) sets (\w+)'s message "(.*?)"(?: until (\S+) (\S.*))?$/,
    (caller, person, content, dateTime, timeZone) =>
      post(caller, person, 'setStatusMessage', {
        statusMessage: {
          message: { content, contentType: 'text' },
          expiryDateTime: dateTime === undefined ? undefined : { dateTime, timeZone },
        },
      }),
  ],
  [
    /^(\w+(?: through \w+)?) subscribes (\w+) to (\w+)( encrypted)?(?: with lifecycle (\w+))?(?: for (\S+))?(?: as (\w+))?$/,
    (caller, receiver, person, encrypted, lifecycle, life = '60min', as) => ({
      caller,
      method: 'POST',
      path: '/v1.0/subscriptions',
      headers: [],
      body: JSON.stringify({
        changeType: 'updated',
        notificationUrl: `{${receiver}}`,
        lifecycleNotificationUrl: lifecycle && `{${lifecycle}}`,
        resource: `communications/presences/{${person}}`,
        expirationDateTime: `{in ${life}}`,
        ...(encrypted && {
          includeResourceData: true,
          encryptionCertificate: `{${receiver}.certificate}`,
          encryptionCertificateId: 'key',
        }),
      }),
      success: 201,
      as,
    }),
  ],
];

// Sentences about the server and the directory.
const doings = [
  [/^the server crashes$/, () => ({ does: 'crash' })],
  [/^(\w+) is removed$/, (person) => ({ does: 'remove', person })],
];

const queryOf = (whom) => {
  if (whom === 'everybody') return 'tenant';
  const [, group] = whom.match(/^group (\w+)$/) ?? [];
  return group ? `group={${group}}` : `users=${whom.split(/,\s*/).map((name) => `{${name}}`).join()}`;
};

// Sentences about followers of streams.
const followings = [
  [/^(\w+) follows (everybody|group \w+|\w+(?:, \w+)*)$/, (follower, people) => ({ follower, follows: queryOf(people) })],
  [/^(\w+) stops following$/, (follower) => ({ follower, follows: 'nobody' })],
  [/^(\w+) goes on following$/, (follower) => ({ follower, follows: 'again' })],
  [/^(\w+) receives the removal of (\w+)$/, (receiver, person) => ({ receiver, told: 'gone', person })],
  [/^(\w+) receives (tokenExpired|notAllowed|slow|stopping)$/, (receiver, reason) => ({ receiver, told: 'end', reason })],
];

// Sentences about receivers: what they get, and how they reply. Followers share the sentences about what they get.
const receptions = [
  [/^(\w+) receives nothing$/, (receiver) => ({ receiver, told: 'nothing' })],
  [/^(\w+) receives a change of (\w+)$/, (receiver, person) => ({ receiver, told: 'change', person })],
  [/^(\w+) receives (\w+) as (\w+\/\w+)$/, (receiver, person, pair) => ({ receiver, told: 'state', person, pair })],
  [
    /^(\w+) receives (reauthorizationRequired|subscriptionRemoved|missed)$/,
    (receiver, event) => ({ receiver, told: 'event', event }),
  ],
  [/^(\w+) receives$/, (receiver) => ({ receiver, told: 'post' })],
  [/^(\w+) has a token that says$/, (receiver) => ({ receiver, holds: 'token' })],
  [/^(\w+) is asked nothing$/, (receiver) => ({ receiver, asked: 'nothing' })],
  [/^(\w+) is asked: POST (\S+)$/, (receiver, path) => ({ receiver, asked: 'path', path })],
  [/^(\w+) answers (well|nothing|later|\d{3})(?: (".*"))?$/, (receiver, how, text) => ({ receiver, answers: how, text })],
];

function firstOf(table, text) {
  for (const [expression, make] of table) {
    const found = text.match(expression);
    if (found) return { make, parts: found.slice(1) };
  }
  return undefined;
}

const callLine = /^(?:(\w+) = )?(\w+(?: through \w+)?): (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) ([/{].*)$/;
const header = /^([A-Za-z][A-Za-z-]*): (.*)$/;
const arrow = /^-> (\d{3})(?: (\w+))?(?: (".*"))?( no body)?$/;

// Parses the first line of a step. Returns undefined if the line does not begin a step.
function stepOf(text) {
  const repeated = text.match(/^(\d+) times (.*)$/);
  if (repeated) {
    const step = stepOf(repeated[2]);
    return step && { ...step, times: Number(repeated[1]) };
  }
  const [spoken, answer] = text.split(/ +(?=-> \d)/);
  if (answer !== undefined && /^\w+$/.test(spoken)) return { awaits: spoken, times: 1, rest: answer };
  const beside = firstOf(receptions, text) ?? firstOf(followings, text) ?? firstOf(doings, text);
  if (beside) return { ...beside.make(...beside.parts), times: 1, headers: [] };
  const call = spoken.match(callLine);
  const sentence = call ? undefined : firstOf(sentences, spoken);
  if (!call && !sentence) return undefined;
  const step = call
    ? { later: call[1], caller: call[2], method: call[3], path: call[4], headers: [] }
    : sentence.make(...sentence.parts);
  return { ...step, spoken: Boolean(sentence), times: 1, rest: answer };
}

// Adds a further line to a step: a header or body line of the request or, after the arrow, of the response.
function addLine(step, line, text) {
  const found = text.match(arrow);
  if (found && !step.answer) {
    const [, status, code, message, empty] = found;
    step.answer = { line, status: Number(status), code, message: message && JSON.parse(message), headers: [] };
    step.answer.empty = Boolean(empty);
    return;
  }
  const block = step.answer ?? step;
  const field = block.body === undefined ? text.match(header) : null;
  if (field) block.headers.push({ line, name: field[1], value: field[2] });
  else if (step.spoken && !step.answer) throw new Failure(line, `not understood: ${text}`);
  else block.body = block.body === undefined ? text : `${block.body}\n${text}`;
  block.bodyLine ??= line;
}

export function parse(text) {
  const lines = text.split('\n').map((line) => line.trim());
  const end = lines.indexOf('');
  const about = lines.slice(0, end < 0 ? lines.length : end).join(' ');
  if (!/spec (presence|protocol|clients|notifications)\b/.test(about))
    throw new Failure(1, 'the first lines must say what is shown, and name the fact, as in "(spec presence §6.3)"');
  const cast = { tenants: [{ name: 'contoso' }], people: [], apps: [], groups: [], tokens: [], settings: [], receivers: [] };
  const steps = [];
  let step; // the current step
  let at; // the time of the next step
  for (let i = end; i >= 0 && i < lines.length; ++i) {
    const number = i + 1;
    let line = lines[i];
    if (line === '') step = undefined;
    if (line === '' || line.startsWith('#')) continue;
    const added = steps.length === 0 && !step ? firstOf(castLines, line) : undefined;
    if (added) {
      added.make(cast, ...added.parts);
      continue;
    }
    const timed = line.match(/^(t\+\S+|\d{4}-\d\d-\d\dT\S+Z)(?:\s+(.*))?$/);
    if (timed) {
      at = { line: number, text: timed[1] };
      step = undefined;
      if (timed[2] === undefined) continue;
      line = timed[2];
    }
    const begun = stepOf(line);
    if (begun) {
      step = { ...begun, line: number, at };
      at = undefined;
      steps.push(step);
      if (step.rest !== undefined) addLine(step, number, step.rest);
    } else if (step) {
      addLine(step, number, line);
    } else {
      throw new Failure(number, `not understood: ${line}`);
    }
  }
  if (steps.length === 0) throw new Failure(lines.length, 'nothing happens in it');
  for (const call of steps) {
    if (call.later && call.answer) throw new Failure(call.line, `what comes back is said later: "${call.later} -> 200"`);
    if (call.receiver || call.follower || call.does) continue;
    call.answer ??= { line: call.line, status: call.success ?? 200, headers: [], assumed: true };
    if (call.answer.assumed && !call.spoken && !call.later) throw new Failure(call.line, 'what comes back is not said: "-> 200"');
  }
  return { about, cast, steps };
}
