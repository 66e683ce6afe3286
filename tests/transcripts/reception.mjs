// Steps about receivers of change notifications: compares what they got with the transcript, and sets how they reply. A
// transcript must mention every notification, in order; otherwise it fails.
import { checkBody, checkHeader, differs } from './checks.mjs';
import { textMatches } from './pattern.mjs';
import { until } from './receivers.mjs';
import { eventsLeft, isToldEvent } from './following.mjs';
import { Failure } from './transcript.mjs';

const soonMs = 1000;

const fail = (step, what, expected, got, all = got) =>
  differs(step.line, what, expected, got, { status: `${step.receiver} got`, body: JSON.stringify(all) });

// Checks what applies to every request to a receiver, so that no transcript repeats it (spec notifications §4.1, §5).
function checkAlways(step, { headers, text }, type, body) {
  if (headers['content-type'] !== type) throw fail(step, 'the header Content-Type', type, headers['content-type'], headers);
  if (headers.authorization) throw fail(step, 'the header Authorization', 'none', headers.authorization, headers);
  if (body !== undefined && text !== body) throw fail(step, 'the body', body, text, headers);
}

function checkFields(world, step, got) {
  const answer = { status: `${step.receiver} got`, headers: got.headers, body: got.text };
  for (const field of step.headers) checkHeader(world, field, answer);
  return answer;
}

async function isAsked(world, step, receiver) {
  if (step.asked === 'nothing') {
    if (receiver.questions.length > 0) throw fail(step, 'a question', 'none', receiver.questions[0].path);
    return;
  }
  await until(() => receiver.questions.length > 0);
  const question = receiver.questions.shift();
  if (!question) throw new Failure(step.line, 'nothing was asked');
  const path = world.filled(step.path);
  if (!textMatches(path, question.path)) throw fail(step, 'the question', path, question.path);
  checkAlways(step, question, 'text/plain; charset=utf-8', '');
  checkFields(world, step, question);
}

// Returns whether a POST comes. If none comes within a second, the beacon shows that none was on its way; a blocked receiver
// gets retries, which have no such order, so it is waited for in real time.
async function comes(world, receiver) {
  const has = () => receiver.posts.length > 0;
  if (receiver.isBlocked) return until(has);
  return (await until(has, soonMs)) || (await world.shine(receiver), has());
}

async function isToldNothing(world, step, receiver) {
  await world.shine(receiver);
  const [post] = receiver.posts;
  if (post) throw fail(step, 'what was received', 'nothing', post.text);
}

async function isToldPost(world, step, receiver) {
  const post = receiver.passPost();
  const answer = checkFields(world, step, post);
  if (step.body !== undefined) checkBody(world, step, { ...answer, body: JSON.stringify(post.body) });
}

async function isTold(world, step, receiver) {
  if (step.told === 'nothing') return isToldNothing(world, step, receiver);
  if (!(await comes(world, receiver))) throw new Failure(step.line, 'nothing has come');
  if (receiver.isBlocked) await world.shine(receiver); // so the server has read the refusal before the next step
  const [post] = receiver.posts;
  checkAlways(step, post, 'application/json; charset=utf-8');
  if (step.told === 'post') return isToldPost(world, step, receiver);
  const item = receiver.item();
  const check = (what, expected, got) => {
    if (got !== expected) throw fail(step, what, expected, got, item);
  };
  if (step.told === 'event') return check('lifecycleEvent', step.event, item.lifecycleEvent);
  check('changeType', 'updated', item.changeType);
  check('resource', world.filled(`communications/presences('{${step.person}}')`), item.resource);
  check('resourceData.id', world.filled(`{${step.person}}`), item.resourceData?.id);
  if (step.told === 'change') return;
  if (!item.encryptedContent) throw fail(step, 'encryptedContent', 'a state that can be opened', 'nothing', item);
  const { id, availability, activity } = receiver.open(item);
  check('the id inside', world.filled(`{${step.person}}`), id);
  check('the state inside', step.pair, `${availability}/${activity}`);
}

// Compares the claims of the validation token of the last POST. The client tests check its signature.
function holdsToken(world, step, { tokens }) {
  if (tokens.length !== 1) throw fail(step, 'validation tokens', 1, tokens.length, tokens);
  checkBody(world, step, { body: Buffer.from(tokens[0].split('.')[1], 'base64url').toString() });
}

// Returns the reply that the step asks for; undefined: confirm and accept.
function answerOf(world, { answers, headers, text = '""' }) {
  if (answers === 'well') return undefined;
  if (answers === 'later') return 'later';
  if (answers === 'nothing') return {};
  const fields = headers.map(({ name, value }) => [name, world.filled(value)]);
  return { status: Number(answers), headers: Object.fromEntries(fields), text: JSON.parse(text) };
}

export async function playReception(world, step) {
  const follower = world.followers.get(step.receiver);
  if (follower) return isToldEvent(world, step, follower);
  const receiver = world.receiver(step.receiver);
  if (step.asked) await isAsked(world, step, receiver);
  else if (step.told) await isTold(world, step, receiver);
  else if (step.holds) holdsToken(world, step, receiver);
  else receiver.answers(answerOf(world, step));
}

// Throws a Failure if a receiver or follower got something that the transcript does not mention.
export async function nothingIsLeft(world, line) {
  await world.shineAll();
  const left = [...(world.receivers?.named ?? [])].map(([name, { posts }]) => [name, posts[0]?.text]);
  for (const [name, text] of [...left, ...eventsLeft(world)])
    if (text !== undefined)
      throw differs(line, `${name} receives more than the transcript states`, 'nothing', text, { status: name, body: text });
}
