// The unmodified typed @microsoft/msgraph-sdk on settings/workHoursAndLocations: each method of its users package that the
// server has (docs/graph-compatibility.md, Work plans).
import assert from 'node:assert/strict';
import test from 'node:test';
import { BaseBearerTokenAuthenticationProvider, DateOnly } from '@microsoft/kiota-abstractions';
import { createGraphServiceClient, GraphRequestAdapter } from '@microsoft/msgraph-sdk';
import '@microsoft/msgraph-sdk-users';
import { advance, me, presenting, token, url } from './demo.mjs';

function client(accessToken) {
  const authentication = new BaseBearerTokenAuthenticationProvider({
    getAuthorizationToken: async () => accessToken,
    getAllowedHostsValidator: () => undefined,
  });
  const adapter = new GraphRequestAdapter(authentication);
  adapter.baseUrl = `${url}/v1.0`;
  return createGraphServiceClient(adapter);
}

// The SDK's paths to a user's plan.
const places = {
  me: (graph) => graph.me.settings.workHoursAndLocations,
  'users.byUserId': (graph) => graph.users.byUserId(me).settings.workHoursAndLocations,
};

// A client with a token of its own, because tests advance the clock.
const signedIn = () => client(token('Demo writer', { user: me, scope: 'Calendars.ReadWrite Presence.Read' }));

// Returns a check that an error is the SDK's ODataError with this status and code.
function refused(status, code) {
  return (error) => {
    assert.deepEqual([error.responseStatusCode, error.errorEscaped?.code], [status, code]);
    return true;
  };
}

// `day` of the server's clock, such as 2030-01-07, and local times of it.
const dayOf = (now) => now.toISOString().slice(0, 10);
const at = (day, time) => ({ dateTime: `${day}T${time}`, timeZone: 'UTC' });

// A recurrence of all hours on every day from `day` on, so that it holds whatever the time is.
function everyDay(day, workLocationType) {
  const daysOfWeek = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
  return {
    start: at(day, '00:00:00'),
    end: at(day, '23:59:59.999'),
    workLocationType,
    recurrence: {
      pattern: { type: 'weekly', interval: 1, firstDayOfWeek: 'sunday', daysOfWeek },
      range: { type: 'noEnd', startDate: DateOnly.parse(day), recurrenceTimeZone: 'UTC' },
    },
  };
}

const location = async (graph) => (await graph.me.presence.get()).workLocation;

for (const [place, go] of Object.entries(places)) {
  test(`${place}: the setting`, async () => {
    const plan = go(signedIn());
    assert.equal((await plan.get()).maxSharedWorkLocationDetails, 'specific');
    const changed = await plan.patch({ maxSharedWorkLocationDetails: 'approximate' });
    assert.equal(changed.maxSharedWorkLocationDetails, 'approximate');
    await plan.patch({ maxSharedWorkLocationDetails: 'specific' });
    await assert.rejects(plan.patch({ maxSharedWorkLocationDetails: 'unknown' }), refused(400, 'InvalidArgument'));
  });

  test(`${place}: recurrences`, async () => {
    const graph = signedIn();
    const plan = go(graph);
    const day = dayOf(await advance('PT0S'));
    const made = await plan.recurrences.post(everyDay(day, 'office'));
    assert.equal(made.recurrence.range.startDate.toString(), day);
    assert.equal((await location(graph)).workLocationType, 'office');
    const one = plan.recurrences.byWorkPlanRecurrenceId(made.id);
    assert.equal((await one.get()).id, made.id);
    assert.equal((await one.put(everyDay(day, 'remote'))).workLocationType, 'remote');
    assert.deepEqual((await location(graph)).source, 'scheduled');
    assert.equal((await plan.recurrences.get({ queryParameters: { top: 5 } })).value.length, 1);
    await assert.rejects(plan.recurrences.post(everyDay(day, 'office')), refused(400, 'InvalidArgument'));
    await assert.rejects(one.put({ workLocationType: 'office' }), refused(400, 'InvalidArgument'));
    await one.delete();
    await assert.rejects(one.get(), refused(404, 'ErrorItemNotFound'));
  });

  test(`${place}: occurrences`, async () => {
    const plan = go(signedIn());
    const day = dayOf(await advance('PT0S'));
    const off = {
      start: at(day, '00:00:00'),
      end: at(day, '23:59:59'),
      workLocationType: 'timeOff',
      timeOffDetails: { subject: 'Personal Day', isAllDay: true },
    };
    const made = await plan.occurrences.post(off);
    assert.deepEqual([made.timeOffDetails.subject, made.timeOffDetails.isAllDay], ['Personal Day', true]);
    const one = plan.occurrences.byWorkPlanOccurrenceId(made.id);
    assert.equal((await one.get()).workLocationType, 'timeOff');
    assert.equal((await one.put({ ...off, timeOffDetails: { subject: 'Moved' } })).timeOffDetails.subject, 'Moved');
    assert.equal((await plan.occurrences.get()).value.length, 1);
    await one.delete();
    await assert.rejects(one.delete(), refused(404, 'ErrorItemNotFound'));
    await assert.rejects(plan.occurrences.post({ ...off, workLocationType: 'office' }), refused(400, 'InvalidArgument'));
  });

  test(`${place}: occurrencesView and setCurrentLocation`, async () => {
    const graph = signedIn();
    const plan = go(graph);
    const day = dayOf(await advance('PT0S'));
    const { id } = await plan.recurrences.post(everyDay(day, 'office'));
    const view = (from, until) => plan.occurrencesViewWithStartDateTimeWithEndDateTime(until, from).get();
    const today = [`${day}T00:00:00Z`, `${day}T23:59:59Z`];
    const shown = await view(...today);
    assert.deepEqual([shown.value.length, shown.value[0].recurrenceId], [1, id]);
    await plan.occurrences.setCurrentLocation.post({ updateScope: 'currentDay', workLocationType: 'remote' });
    assert.equal((await view(...today)).value[0].workLocationType, 'remote');
    assert.deepEqual([(await location(graph)).workLocationType, (await location(graph)).source], ['remote', 'scheduled']);
    await assert.rejects(view(today[1], today[0]), refused(400, 'InvalidArgument'));
    await plan.recurrences.byWorkPlanRecurrenceId(id).delete();
    await advance('P1D'); // the location was for the day
  });
}

test("other users' plans, and tokens without the permission, are refused", async () => {
  const others = signedIn().users.byUserId(presenting).settings.workHoursAndLocations;
  await assert.rejects(others.get(), refused(403, 'Forbidden'));
  const reader = client(token('Demo reader', { user: me })).me.settings.workHoursAndLocations;
  await assert.rejects(reader.get(), refused(403, 'Forbidden'));
  const application = client(token('Demo writer', { role: 'Calendars.Read.All' }));
  await assert.rejects(application.me.settings.workHoursAndLocations.get(), refused(400, 'BadRequest'));
  const plan = application.users.byUserId(presenting).settings.workHoursAndLocations;
  assert.deepEqual((await plan.recurrences.get()).value, []);
});
