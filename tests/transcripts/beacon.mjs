// Shows that no notification is on its way to a receiver, without waiting. A tenant of the runner's own has one user and a
// subscription of that user to the receiver's URL. The server posts to one URL in order, one POST at a time; so when the
// notification of the beacon's change has arrived, every earlier one has arrived too.
import { until } from './receivers.mjs';

const tenant = 'ffffffff-bbbb-4ccc-8ddd-000000009999';
const app = 'eeeeeeee-bbbb-4ccc-8ddd-000000009999';
const user = 'aaaaaaaa-bbbb-4ccc-8ddd-000000009999';

export class Beacon {
  activities = ['InACall', 'InAConferenceCall']; // neither fades; alternating, so that each write is a change

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

  // Returns when every earlier notification to the receiver has arrived. If the receiver refused the last POST, the server
  // posts nothing to it until the retry: then the beacon uses `aside`, another path of the same host, which the server posts
  // to after what it sent before. By then, the server has also read the receiver's reply.
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
