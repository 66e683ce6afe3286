// Plays one transcript against a server of its own. A difference from the transcript is a Failure.
import { check } from './checks.mjs';
import { playFollowing } from './following.mjs';
import { nothingIsLeft, playReception } from './reception.mjs';
import { Failure, moment, parse } from './transcript.mjs';
import { World } from './world.mjs';

// Resolves to the response; rejects with a Failure after five seconds. Uses real time, because the server's clock is manual.
function soon(answer, step) {
  const failure = new Failure(step.line, 'no answer has come');
  let timer;
  const never = new Promise((_, reject) => (timer = setTimeout(reject, 5000, failure)));
  return Promise.race([answer, never]).finally(() => clearTimeout(timer));
}

async function playStep(world, step) {
  if (step.at) {
    const ms = moment(step.at.text, world.start);
    if (ms === undefined) throw new Failure(step.at.line, `no time: ${step.at.text}`);
    if (ms < world.now) throw new Failure(step.at.line, `the clock does not go back to ${step.at.text}`);
    await world.moveTo(ms);
  }
  if (step.follower) return playFollowing(world, step);
  if (step.receiver) {
    for (let n = 1; n <= step.times; ++n) await playReception(world, step);
    return;
  }
  if (step.does) return world[step.does](step.person);
  if (step.awaits) {
    const asked = world.underWay.get(step.awaits);
    if (!asked) throw new Failure(step.line, `nothing was asked as "${step.awaits}"`);
    const answer = await soon(asked.answer, step);
    return check(world, { ...asked.step, answer: step.answer }, answer);
  }
  for (let n = 1; n <= step.times; ++n) {
    const filled = (text) => world.filled(step.times > 1 ? text.replaceAll('#', String(n)) : text);
    const fields = step.headers.map(({ name, value }) => ({ name, value: filled(value) }));
    const body = step.body === undefined ? undefined : filled(step.body);
    const send = (sent) => world.send(step.caller, step.method, filled(step.path), fields, body, sent);
    if (!step.later) {
      check(world, step, await send());
      continue;
    }
    // Waits until the request is sent; a later step checks the response.
    await new Promise((sent) => {
      const answer = send(sent);
      answer.then(sent, sent);
      world.underWay.set(step.later, { step, answer });
    });
  }
}

// Plays the text. Throws a Failure, or the error that prevented playing it.
export async function play(text, template) {
  const { cast, steps } = parse(text);
  const world = await World.make(template, cast);
  let failure;
  try {
    for (const step of steps) {
      try {
        await playStep(world, step);
      } catch (error) {
        throw error instanceof Failure ? error : new Failure(step.line, error.message);
      }
    }
    await nothingIsLeft(world, steps.at(-1).line);
  } catch (error) {
    failure = error;
  }
  await world.end().catch((error) => (failure ??= error));
  if (failure) throw failure;
}
