// A person at a browser of their own: node walk.mjs ADDRESS NAME PASSWORD
import { Browser } from './browser.mjs';

const [, , address, name, password] = process.argv;
await new Browser().walk(address, { name, password });
