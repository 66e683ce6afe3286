// Data folders of the measured server.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { figuresOf, outputOf } from './program.mjs';
import { servePorchlight } from './servers.mjs';

const tenant = '7e57ab1e-0000-4000-8000-00000be7c400'; // of people.h
const role = ['--role', 'Presence.ReadWrite.All'];

// A data folder {data, people, token} with a tenant and an application whose sessions do not expire, and no user.
export async function emptyFolder({ porchlight, work }, name) {
  const data = join(work, name);
  const run = (...args) => outputOf(porchlight, [...args, '--data', data]);
  await run('init');
  await run('tenant', 'add', '--name', 'Contoso', '--id', tenant);
  await run('app', 'add', '--name', 'Bench', '--client', ...role);
  const token = await run('token', '--app', 'Bench', ...role, '--expires', '24h');
  return { data, people: 0, token: token.trim() };
}

// A file for `porchlight user import` with generated users.
async function peopleFile({ tools, work }, people) {
  const csv = join(work, 'people.csv');
  await outputOf(join(tools, 'bench_people'), [people, csv]);
  return csv;
}

// The ids of the first generated users.
export async function idsOf(bench, people) {
  const csv = readFileSync(await peopleFile(bench, people), 'utf8');
  return csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.slice(0, line.indexOf(',')));
}

// A data folder with generated users, who have no session. Also returns the seconds of their import.
export async function folderOf(bench, name, people) {
  const folder = await emptyFolder(bench, name);
  const csv = await peopleFile(bench, people);
  const begin = performance.now();
  await outputOf(bench.porchlight, ['user', 'import', csv, '--data', folder.data]);
  rmSync(csv);
  return { ...folder, people, importSeconds: (performance.now() - begin) / 1000 };
}

// Sets a session of each user.
async function signIn({ tools }, server) {
  const connections = 256;
  const args = ['sign_in', server.port, server.people, server.program.pid, connections, 1, 0, 0];
  await figuresOf(join(tools, 'bench_load'), args, { input: server.token });
}

// A folder with that many users, each with a session; created on the first call.
export async function signedIn(bench, people) {
  if (bench.folders.has(people)) return bench.folders.get(people);
  bench.progress(`${people} users, each with a session`);
  const folder = await folderOf(bench, `users_${people}`, people);
  const server = await servePorchlight(bench, folder, { processors: 'all' });
  await signIn(bench, server);
  await server.program.stop();
  bench.folders.set(people, folder);
  return folder;
}
