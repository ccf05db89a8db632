// Files of suppressions: CSV or lines of JSON, read here and sent in parts.
import { Problem, ask } from "./ask.js";

const PART = 1_000; // addresses of one request, of which the server takes all or none

/** Rows of CSV (RFC 4180), each a list of cells. */
export function rowsOf(text) {
  const rows = [[""]];
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const one = text[at], row = rows[rows.length - 1], last = row.length - 1;
    if (isQuoted) {
      if (one !== '"') row[last] += one;
      else if (text[at + 1] === '"') row[last] += text[++at];
      else isQuoted = false;
    } else if (one === '"') isQuoted = true;
    else if (one === ",") row.push("");
    else if (one === "\n") rows.push([""]);
    else if (one !== "\r") row[last] += one;
  }
  return rows.filter((row) => row.some((cell) => cell.trim()));
}

const unquoted = (cell) => (/^'+[=@\t\r+-]/.test(cell) ? cell.slice(1) : cell).trim();
const given = ({ address, why }) => ({ address, ...(why ? { why: why.slice(0, 200) } : {}) });

/** What a file says: a list of {address, why}. The first row of CSV may name the columns. Throws Error with a sentence. */
export function addressesOf(text) {
  const whole = text.replace(/^\ufeff/, "");
  if (/^\s*\{/.test(whole)) {
    return whole.split("\n").map((line, place) => [line.trim(), place + 1]).filter(([line]) => line).map(([line, place]) => {
      try {
        const one = JSON.parse(line);
        if (typeof one.address === "string") return given(one);
      } catch { /* said below */ }
      throw new Error(`Line ${place} is not {"address": "…"}.`);
    });
  }
  const [head, ...rows] = rowsOf(whole);
  if (!head) throw new Error("The file is empty.");
  const names = head.map((cell) => cell.trim().toLowerCase());
  const isNamed = names.includes("address");
  const [at, why] = isNamed ? [names.indexOf("address"), names.indexOf("why")] : [0, 1];
  return (isNamed ? rows : [head, ...rows]).map((row) => given({ address: unquoted(row[at] || ""), why: unquoted(row[why] || "") }));
}

/** Sends them in parts. Resolves to {added, known}; throws Error that says how many were taken before. `told(done)` after each. */
export async function importAll(list, addresses, told) {
  const sum = { added: 0, known: 0 };
  for (let at = 0; at < addresses.length; at += PART) {
    try {
      const found = await ask(`/v1/suppressions/${list}`, { method: "POST", body: addresses.slice(at, at + PART) });
      sum.added += found.added;
      sum.known += found.known;
    } catch (error) {
      throw new Error(`${at ? `The first ${at} were taken. In the next ones: ` : "Nothing was taken. "}${inFile(error, at)}`);
    }
    told(Math.min(at + PART, addresses.length));
  }
  return sum;
}

/** The words of a refusal, with the numbers that addresses have in the file. */
function inFile(error, at) {
  const faults = error instanceof Problem ? error.body.errors || [] : [];
  if (!faults.length) return error.message;
  return faults.slice(0, 5).map((one) => `Address ${at + Number.parseInt(one.field, 10) + 1}${one.message.replace(/^`[^`]*`/, "")}`).join(" ");
}
