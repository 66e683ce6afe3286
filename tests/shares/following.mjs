// Fills what streams, waits and subscriptions use (docs/security.md, "After authentication").
import { until } from './client.mjs';
import { Flood } from './flood.mjs';

const noBudgets = ['throttle.reads.requests = 0', 'throttle.presence.requests = 0'];

// Opens `count` streams of one application, some at a time; resolves to their responses. Nothing is read from them.
async function openStreams(tenant, query, count) {
  const responses = [];
  for (let n = 0; n < count; ++n) responses.push(await tenant.client.open({ path: `/porchlight/v1/stream?${query}`, token: tenant.token }));
  return responses;
}

const close = (responses) => responses.forEach((response) => response.destroy());
const refused = (responses) => responses.filter(({ statusCode }) => statusCode === 429).length;

export const following = {
  'streams and waits': {
    settings: ['streams.per_application = 20'],
    async fill({ a }, whileFull) {
      const streams = await openStreams(a, `users=${a.users[0]}`, 25);
      await whileFull(refused(streams) === 5 && '5 of 25 streams got 429');
      close(streams);
    },
  },

  // The bound of all applications together would take four times as many: watch/watch_quota_test has small ones.
  'users that streams follow': {
    async fill({ a }, whileFull) {
      await a.addUsers(50_000);
      const streams = await openStreams(a, 'tenant', 12);
      await whileFull(refused(streams) === 2 && '2 of 12 streams that follow 50,000 users got 429');
      close(streams);
    },
  },

  'work of the watch registry': {
    settings: noBudgets,
    unseen: 'calls come later, which no response shows',
    async fill({ a }, whileFull) {
      await a.addUsers(2000);
      const streams = await openStreams(a, 'tenant', 10);
      streams.forEach((stream) => stream.resume());
      const activities = ['InACall', 'InAConferenceCall'];
      const client = a.at(1, { keepAlive: true });
      const writes = new Flood(20, (n) => client.send(a.setPresence(a.users[n % 2000], activities[n % 2])));
      await until(() => writes.count(200) > 200, 'changes');
      await whileFull();
      writes.stop();
      client.close();
      close(streams);
    },
  },

  subscriptions: {
    settings: ['subscriptions.per_application = 5'],
    async fill({ a }, whileFull) {
      const { url } = a.receiver.inbox();
      const statuses = [];
      for (let n = 0; n < 6; ++n) statuses.push((await a.client.send(a.subscription(a.users[n], url))).status);
      await whileFull(statuses[5] === 403 && 'the sixth subscription got 403');
    },
  },

  'posts to a receiver': {
    async fill({ a }, whileFull) {
      for (const user of a.users) await a.client.send(a.subscription(user, a.receiver.inbox().url));
      a.receiver.isHolding = true;
      for (const user of a.users) await a.client.send(a.setPresence(user, 'InACall'));
      await until(() => a.receiver.held === 4, 'four posts of twenty are on their way');
      await whileFull('16 of 20 posts waited');
      if (a.receiver.heldMost > 4) throw new Error(`${a.receiver.heldMost} posts at once to one receiver`);
    },
  },
};
