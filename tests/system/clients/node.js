// node node.js URL NAME JSON: one play in Node; CLIENT names the client's module, KEY its key if it has one.

import { play } from "./play.js";

const [url, name, given] = process.argv.slice(2);
const { UsherClient } = await import(process.env.CLIENT);
console.log(JSON.stringify(await play(new UsherClient(url, { apiKey: process.env.KEY }), name, JSON.parse(given))));
