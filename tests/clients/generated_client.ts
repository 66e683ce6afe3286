// A program that uses the client that csdl.test.mjs generates from $metadata. The compiler checks it against the
// generated types; it prints the server's answers as JSON.
import { FetchClient } from '@odata2ts/http-client-fetch';
import { MicrosoftGraphService } from './graph/MicrosoftGraphService';
import { bodyType, workLocationType } from './graph/MicrosoftGraphModel';

const { URL_ROOT = '', TOKEN = '', PERSON = '' } = process.env;
// Graph's actions return 200 with an empty body (spec presence §5.6); OData specifies 204.
class GraphClient extends FetchClient {
  protected override async getResponseBody(response: Response, fatal: boolean) {
    return response.headers.get('content-length') === '0' ? undefined : super.getResponseBody(response, fatal);
  }
}
const graph = new MicrosoftGraphService(new GraphClient({ headers: { Authorization: `Bearer ${TOKEN}` } }), URL_ROOT);
const mine = graph.me().presence();
const sessionId = 'b2b1c8ba-0000-4000-8000-000000000003';
const message = (content: string) => ({
  statusMessage: { message: { content, contentType: bodyType.text }, expiryDateTime: null, publishedDateTime: null },
});

async function main() {
  const statuses = [
    await mine.setPresence({ sessionId, availability: 'Busy', activity: 'InACall', expirationDuration: 'PT1H' }),
    await mine.setUserPreferredPresence({ availability: 'Away', activity: 'Away' }),
    await mine.setStatusMessage(message('Typed')),
    await mine.setManualLocation({ workLocationType: workLocationType.remote }),
    await mine.setAutomaticLocation({ workLocationType: workLocationType.office, placeId: 'tower' }),
  ].map(({ status }) => status);
  const set = (await mine.query()).data;
  statuses.push(
    ...[
      await mine.clearAutomaticLocation(),
      await mine.clearLocation(),
      await mine.setStatusMessage(message('')),
      await mine.clearUserPreferredPresence(),
      await mine.clearPresence({ sessionId }),
    ].map(({ status }) => status),
  );
  const one = (await graph.users(PERSON).presence().query((builder) => builder.select('availability'))).data;
  const same = (await graph.communications().presences(PERSON).query()).data;
  const many = (await graph.communications().getPresencesByUserId({ ids: [PERSON] })).data.value;
  const list = (await graph.communications().presences().query((builder) => builder.top(3).count())).data;
  const changes = (await graph.communications().presences().delta()).data.value;
  const people = (await graph.users().query((builder) => builder.select('id', 'displayName').top(2))).data.value;
  console.log(JSON.stringify({ statuses, set, one, same, many, list, changes, people }));
}

main();
