// The requests of the tenant that fills nothing. Each must succeed while the other tenant fills a resource.
import assert from 'node:assert/strict';
import { until } from './client.mjs';

const user = 'urn:ietf:params:scim:schemas:core:2.0:User';
const feed = `BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART:20300107T200000Z
DTEND:20300107T210000Z
END:VEVENT
END:VCALENDAR
`;
const activities = ['InACall', 'InAConferenceCall'];

// Follows one user on a stream.
class Follower {
  text = '';

  static async open(tenant, id) {
    const follower = new Follower();
    follower.response = await tenant.client.open({ path: `/porchlight/v1/stream?users=${id}`, token: tenant.token });
    assert.equal(follower.response.statusCode, 200);
    follower.response.setEncoding('utf8').on('data', (piece) => (follower.text += piece)).on('error', () => {});
    await until(() => follower.text.includes('event: ready'), 'a stream is ready');
    return follower;
  }

  close() {
    this.response.destroy();
  }
}

export class Neighbour {
  // Makes what must outlast the filling: a stream, a subscription, a request of a device.
  static async begin(tenant) {
    const neighbour = new Neighbour();
    neighbour.tenant = tenant;
    neighbour.round = 0;
    neighbour.device = JSON.parse((await neighbour.startDevice()).body).device_code;
    neighbour.stream = await Follower.open(tenant, tenant.users[2]);
    neighbour.inbox = tenant.receiver.inbox();
    await neighbour.subscribe(3);
    return neighbour;
  }

  end() {
    this.stream.close();
  }

  async send(request, status = 200) {
    const response = await this.tenant.client.send(request);
    assert.equal(response.status, status, response.body);
    return response.body && JSON.parse(response.body);
  }

  async form(path, fields, status = 200) {
    const response = await this.tenant.client.form(path, fields);
    assert.equal(response.status, status, response.body);
    return response;
  }

  startDevice() {
    const fields = { client_id: this.tenant.phone, scope: 'Presence.Read' };
    return this.form(this.tenant.devicePath(), fields);
  }

  subscribe(n) {
    return this.send(this.tenant.subscription(this.tenant.users[n], this.inbox.url), 201);
  }

  // Sets the presence of the n-th user to another activity than before, and returns it.
  async change(n) {
    const activity = activities[++this.round % activities.length];
    await this.send(this.tenant.setPresence(this.tenant.users[n], activity));
    return activity;
  }

  // The requests by name. Each throws if it does not get what it should.
  get requests() {
    const { tenant } = this;
    return {
      'read a presence': async () => assert.ok((await this.send(tenant.presence(tenant.users[0]))).availability),
      'set a presence': async () => {
        const activity = await this.change(0);
        assert.equal((await this.send(tenant.presence(tenant.users[0]))).activity, activity);
      },
      'read many presences': async () =>
        assert.equal((await this.send(tenant.many(tenant.users.slice(0, 10)))).value.length, 10),
      'read the past': async () => {
        const time = new Date(tenant.world.now).toISOString();
        const { path, token } = tenant.presence(tenant.users[0]);
        assert.ok((await this.send({ path: `${path}?asOf=${time}`, token })).availability);
      },
      'upload a calendar': async () => assert.equal((await this.send(tenant.calendar(tenant.users[4], feed))).busy, 1),
      'get a token, and use it': async () => {
        const { access_token: token } = JSON.parse((await this.form(tenant.tokenPath(), tenant.byApplication)).body);
        await this.send({ ...tenant.presence(tenant.users[0]), token });
      },
      'sign in with a password': () => this.form(tenant.tokenPath(), tenant.byPassword(tenant.upn(1))),
      'start a device': () => this.startDevice(),
      'poll for a device': async () => {
        const grant_type = 'urn:ietf:params:oauth:grant-type:device_code';
        const { body } = await this.form(tenant.tokenPath(), { grant_type, client_id: tenant.phone, device_code: this.device }, 400);
        assert.equal(JSON.parse(body).error, 'authorization_pending');
      },
      'read and make users by SCIM': async () => {
        assert.equal((await this.send(tenant.scim('GET', '/Users?count=2'))).Resources.length, 2);
        const userName = `new${++this.round}@${tenant.name}.example`;
        await this.send(tenant.scim('POST', '/Users', { schemas: [user], userName, active: true }), 201);
      },
      'administer the tenant': async () => {
        assert.equal((await this.send(tenant.administration('GET', '/users?limit=2'))).value.length, 2);
        const displayName = `Name ${++this.round}`;
        const path = `/users/${tenant.users[7]}`;
        assert.equal((await this.send(tenant.administration('PATCH', path, { displayName }))).displayName, displayName);
      },
      'receive a change on an open stream': async () => {
        const activity = await this.change(2);
        await until(() => this.stream.text.includes(`"activity":"${activity}"`), 'an event on an open stream');
        this.stream.text = '';
      },
      'open a stream': async () => {
        const stream = await Follower.open(tenant, tenant.users[5]);
        const activity = await this.change(5);
        await until(() => stream.text.includes(`"activity":"${activity}"`), 'an event on a new stream');
        stream.close();
      },
      'make and delete a subscription': async () => {
        const { id } = await this.subscribe(6);
        await this.send({ method: 'DELETE', path: `/v1.0/subscriptions/${id}`, token: tenant.token }, 204);
      },
      'receive a notification': async () => {
        const before = this.inbox.posts;
        await this.change(3);
        await until(() => this.inbox.posts > before, 'a notification');
      },
    };
  }
}
