// Steps about followers of streams: opens and closes streams, and compares their events with the transcript.
import { checkBody, differs } from './checks.mjs';
import { Follower } from './followers.mjs';
import { Failure } from './transcript.mjs';

export async function playFollowing(world, { follower: name, follows, line }) {
  const known = world.followers.get(name);
  if (follows !== 'again' && follows !== 'nobody') {
    const follower = new Follower(world, name, world.filled(follows));
    world.followers.set(name, follower);
    await follower.open();
    const first = follower.events.shift();
    if (first?.event !== 'snapshot') throw new Failure(line, 'the stream does not begin with a snapshot');
    return;
  }
  if (!known) throw new Failure(line, `${name} follows nobody`);
  if (follows === 'nobody') known.close();
  else await known.open();
}

export async function isToldEvent(world, step, follower) {
  const fail = (what, expected, got) =>
    differs(step.line, what, expected, got, { status: `${step.receiver} got`, body: JSON.stringify(got) });
  if (step.told === 'nothing') {
    await follower.pass();
    if (follower.events.length > 0) throw fail('what was received', 'nothing', follower.events[0]);
    return;
  }
  const got = await follower.next();
  if (!got) throw new Failure(step.line, 'nothing has come');
  const { event, data } = got;
  const check = (what, expected, found) => {
    if (found !== expected) throw fail(what, expected, JSON.stringify(got));
  };
  if (step.told === 'post') return checkBody(world, step, { status: event, body: JSON.stringify({ event, data }) });
  if (step.told === 'end') return check('the end', `end ${step.reason}`, `${event} ${data.reason}`);
  const person = world.filled(`{${step.person}}`);
  if (step.told === 'gone') return check('who is gone', `removed ${person}`, `${event} ${data.id}`);
  if (step.told !== 'state') throw new Failure(step.line, 'followers do not receive this');
  check('the state', `presence ${person} ${step.pair}`, `${event} ${data.id} ${data.availability}/${data.activity}`);
}

// The first event of each follower that the transcript does not mention: [name, text]; text is undefined if all are mentioned.
export const eventsLeft = (world) =>
  [...world.followers].map(([name, { events }]) => [name, events.length > 0 ? JSON.stringify(events[0]) : undefined]);
