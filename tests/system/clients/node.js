// node node.js URL NAME JSON: one play in Node; CLIENT names the client's module.

import { play } from "./play.js";

const [url, name, given] = process.argv.slice(2);
const { UsherClient } = await import(process.env.CLIENT);
console.log(JSON.stringify(await play(new UsherClient(url), name, JSON.parse(given))));
