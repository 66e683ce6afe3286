// A client of a stream of server-sent events (docs/streams.md). It keeps the events in order.
import { until } from './receivers.mjs';

const soonMs = 1000;

export class Follower {
  events = []; // {event, id, data} of the events that the transcript has not mentioned yet
  lastId = '';
  isReady = false;
  isOver = false;

  // `query`: the query string that selects the people to follow.
  constructor(world, caller, query) {
    Object.assign(this, { world, caller, query });
  }

  // Opens the stream, and returns when it is ready. A reopened stream resumes after the last event.
  async open() {
    this.isReady = this.isOver = false;
    const token = this.world.tokenOf(this.caller);
    const headers = { Authorization: `Bearer ${token}`, ...(this.lastId && { 'Last-Event-ID': this.lastId }) };
    this.response = await this.world.server.open({ path: `/porchlight/v1/stream?${this.query}`, headers });
    const { statusCode, headers: fields } = this.response;
    if (statusCode !== 200) throw new Error(`the stream is answered ${statusCode}`);
    if (fields['content-type'] !== 'text/event-stream') throw new Error('the answer is no stream');
    this.read(this.response);
    if (!(await until(() => this.isReady || this.isOver))) throw new Error('the stream does not get ready');
  }

  close() {
    this.response.destroy();
  }

  async read(response) {
    let text = '';
    try {
      for await (const piece of response.setEncoding('utf8')) {
        text += piece;
        for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) this.take(text.slice(0, end).split('\n'));
      }
    } catch {
      // One side closed the connection.
    }
    if (response === this.response) this.isOver = true;
  }

  take(lines) {
    const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const [event, id, data] = ['event', 'id', 'data'].map(field);
    if (id) this.lastId = id;
    if (event === 'ready') this.isReady = true;
    else if (event) this.events.push({ event, id, data: JSON.parse(data) });
  }

  // Returns when all changes so far have arrived. The server serves streams one after the other, so when a second stream that
  // begins now is ready, this one has received them.
  async pass() {
    const probe = new Follower(this.world, this.caller, this.query);
    await probe.open();
    probe.close();
  }

  // Returns the next event; undefined if none comes.
  async next() {
    if (!(await until(() => this.events.length > 0 || this.isOver, soonMs))) await this.pass();
    return this.events.shift();
  }
}
