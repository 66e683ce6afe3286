// How it is shown that nothing comes: a tenant of the runner's own has somebody, who changes, and a subscription that says so
// to the receiver at hand. To one URL the server posts what it has in its order, one post after the other; so when the
// beacon's item has come, whatever had to come before it is there.
import { until } from './receivers.mjs';

const tenant = 'ffffffff-bbbb-4ccc-8ddd-000000009999';
const app = 'eeeeeeee-bbbb-4ccc-8ddd-000000009999';
const user = 'aaaaaaaa-bbbb-4ccc-8ddd-000000009999';

export class Beacon {
  activities = ['InACall', 'InAConferenceCall']; // neither fades; in turns, so that each is a change

  static async make(world) {
    const beacon = new Beacon();
    beacon.world = world;
    await world.server.admin({ command: 'tenant.add', name: 'beacon', id: tenant });
    await world.server.admin({ command: 'app.add', tenant, name: 'beacon', id: app, client: false, roles: [] });
    await world.server.admin({ command: 'user.add', tenant, upn: 'beacon@beacon.example', name: 'Beacon', id: user });
    world.ids.set('beacon-tenant', tenant);
    world.callers.set('beacon-app', { tenant: 'beacon-tenant', app, may: ['Presence.ReadWrite.All'] });
    world.callers.set('beacon-user', { tenant: 'beacon-tenant', app, user, may: ['Presence.Read.All'] });
    return beacon;
  }

  // Returns when what had to be posted to the receiver before is there. One that did not take the last post is not posted to
  // until it is tried again: then the beacon goes to `aside`, another path of the same host, and what the server sent
  // before it has left before it. By then the server has also read what the receiver answered.
  async shine(receiver, aside) {
    const at = receiver.isBlocked ? aside : receiver;
    at.beacon = 'asks';
    const expirationDateTime = this.world.filled('{in 60min}');
    const resource = `communications/presences/${user}`;
    const asked = { changeType: 'updated', notificationUrl: at.url, resource, expirationDateTime };
    const { id } = await this.call('beacon-user', 'POST', '/v1.0/subscriptions', asked, 201);
    at.beacon = id;
    at.isLit = false;
    this.activities.reverse();
    const pair = { sessionId: app, availability: 'Busy', activity: this.activities[0], expirationDuration: 'PT4H' };
    await this.call('beacon-app', 'POST', `/v1.0/users/${user}/presence/setPresence`, pair, 200);
    if (!(await until(() => at.isLit))) throw new Error(`nothing is posted to ${at.url} any more`);
    await this.call('beacon-user', 'DELETE', `/v1.0/subscriptions/${id}`, undefined, 204);
  }

  async call(caller, method, path, body, status) {
    const answer = await this.world.send(caller, method, path, [], body && JSON.stringify(body));
    if (answer.status !== status) throw new Error(`the beacon: ${method} ${path} answered ${answer.status}: ${answer.body}`);
    return answer.body ? JSON.parse(answer.body) : undefined;
  }
}
