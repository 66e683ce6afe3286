// Signs a user in, in a new browser, from its own process. Usage: node walk.mjs ADDRESS NAME PASSWORD
import { Browser } from './browser.mjs';

const [, , address, name, password] = process.argv;
await new Browser().walk(address, { name, password });
