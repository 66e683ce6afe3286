// Compares a response with what the transcript expects, and with what applies to every response.
import { mismatch, parsePattern, textMatches } from './pattern.mjs';
import { Failure } from './transcript.mjs';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// Checks what applies to every response, so that no transcript repeats it (spec protocol §7 and §8). Returns the first rule
// that is broken; undefined if all hold.
function alwaysWrong({ method, path }, { status, headers, body }) {
  if (!/^\/(v1\.0|beta|porchlight)\b/i.test(path)) return undefined;
  if (!guid.test(headers['request-id'])) return 'every answer has a request-id';
  if (!headers['client-request-id']) return 'every answer has a client-request-id';
  if (!headers.date) return 'every answer has a Date';
  if (headers['access-control-allow-origin'] !== '*') return 'every answer has Access-Control-Allow-Origin: *';
  if (headers['cache-control'] !== 'no-cache') return 'every answer has Cache-Control: no-cache';
  if (!headers['x-ms-ags-diagnostic']?.startsWith('{"ServerInfo":{')) return 'every answer has x-ms-ags-diagnostic';
  if (status === 401 && !headers['www-authenticate']?.startsWith('Bearer ')) return 'every 401 has WWW-Authenticate';
  if ((status === 429 || status === 503) && !/^\d+$/.test(headers['retry-after']))
    return `every ${status} has Retry-After in whole seconds`;
  if (method === 'HEAD' || status === 304) return body === '' ? undefined : `no answer to ${method} has a body`;
  if (status >= 400) {
    const error = json(body)?.error;
    const inner = error?.innerError;
    const whole =
      /^\w+$/.test(error?.code) &&
      typeof error?.message === 'string' &&
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(inner?.date) &&
      inner?.['request-id'] === headers['request-id'] &&
      inner?.['client-request-id'] === headers['client-request-id'];
    return whole && headers['content-type'] === 'application/json' ? undefined : 'every error has the error envelope';
  }
  if (headers['content-type']?.startsWith('application/json') && headers['odata-version'] !== '4.0')
    return 'every JSON answer has OData-Version: 4.0';
  if (body === '' && headers['content-type']) return 'what has no body has no Content-Type';
  return undefined;
}

export function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const differs = (line, what, expected, got, answer) =>
  new Failure(
    line,
    `${what}\n    expected: ${expected}\n    got:      ${got}\n    answer:   ${answer.status} ${answer.body}`,
  );

export function checkHeader(world, { line, name, value }, answer) {
  const got = answer.headers[name.toLowerCase()];
  const expected = world.filled(value);
  const fail = () => differs(line, `the header ${name}`, expected, got ?? 'none', answer);
  if (expected === 'none') {
    if (got !== undefined) throw fail();
  } else if (/^(any|a-\w+)( as [\w-]+)?$/.test(expected)) {
    if (mismatch(parsePattern(expected), got, world.names)) throw fail();
  } else if (got === undefined || !textMatches(expected, got)) {
    throw fail();
  }
}

export function checkBody(world, { bodyLine, body }, answer) {
  const got = json(answer.body);
  const expected = world.filled(body);
  if (got === undefined) {
    if (!textMatches(expected, answer.body)) throw differs(bodyLine, 'the body', expected, answer.body, answer);
    return;
  }
  const found = mismatch(parsePattern(expected), got, world.names);
  if (found) throw differs(bodyLine, found.path, found.expected, found.got, answer);
}

export function check(world, step, answer) {
  const { line, status, code, message, headers, body, empty } = step.answer;
  if (answer.status !== status) throw differs(line, 'the status', status, answer.status, answer);
  const broken = alwaysWrong(step, answer);
  if (broken) throw differs(line, broken, 'so', JSON.stringify(answer.headers), answer);
  const error = json(answer.body)?.error;
  if (code !== undefined && error?.code !== code) throw differs(line, 'the error code', code, error?.code, answer);
  if (message !== undefined && !textMatches(world.filled(message), error?.message ?? ''))
    throw differs(line, 'the message', world.filled(message), error?.message, answer);
  for (const field of headers) checkHeader(world, field, answer);
  if (body !== undefined) checkBody(world, step.answer, answer);
  if (step.as && status === 201) world.names.set(step.as, json(answer.body).id);
  if ((empty || (step.spoken && status === 200 && !step.pair)) && answer.body !== '')
    throw differs(line, 'the body', 'none', answer.body, answer);
  if (step.pair && status === 200) {
    const { availability, activity } = json(answer.body);
    const got = `${availability}/${activity}`;
    if (got !== step.pair) throw differs(line, step.path, step.pair, got, answer);
  }
}
