// Prints what mailauth says of the message in MESSAGE, with no DNS but the TXT records in the JSON file RECORDS.
//     node authenticate.mjs NODE_MODULES MESSAGE RECORDS
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [modules, message, records] = process.argv.slice(2);
const { authenticate } = createRequire(`${modules}/`)("mailauth");
const dns = JSON.parse(readFileSync(records));

async function resolver(name, type) {
  if (type === "TXT" && name in dns) return [[dns[name]]];
  throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
}

const { dkim, dmarc } = await authenticate(readFileSync(message), {
  ip: "192.0.2.1",
  helo: "mx.example.org",
  sender: "bounces+1@example.org",
  resolver,
});
console.log(JSON.stringify([...dkim.results.map((one) => one.status.result), dmarc.status.result]));
