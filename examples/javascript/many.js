// Makes twenty requests, five at a time, and sums up what came. The first argument is the URL; each request adds its
// number to it. Returns how many were answered, and with which statuses.
import { args, echo } from "http-background/guest";

const REQUESTS = 20;
const AT_ONCE = 5;

export default async function main() {
  const [url] = args();
  const numbers = Array.from({ length: REQUESTS }, (_, number) => number);
  const ends = await mapAtOnce(numbers, AT_ONCE, (number) => ask(`${url}/${number}`));

  /** @type {Record<string, number>} */
  const counts = {};
  for (const { name } of ends) counts[name] = (counts[name] ?? 0) + 1;
  for (const [name, count] of Object.entries(counts)) echo(`${count} × ${name}`);
  return {
    answered: ends.filter(({ isAnswered }) => isAnswered).length,
    bytes: sum(ends.map(({ bytes }) => bytes)),
  };
}

/** @param {string} url */
async function ask(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    // A content that nobody reads stays with the host, and is forgotten.
    const bytes = response.ok ? (await response.bytes()).length : 0;
    return { name: `status ${response.status}`, isAnswered: true, bytes };
  } catch (error) {
    // Such as COULDNT_CONNECT, or TimeoutError if the signal ended it.
    const { name, cause } = /** @type {Error & { cause?: { code: string } }} */ (error);
    return { name: cause?.code ?? name, isAnswered: false, bytes: 0 };
  }
}

/**
 * Does something with each value, with so many at the same time. The results are in the order of the values.
 *
 * @template T, R
 * @param {readonly T[]} values
 * @param {number} atOnce
 * @param {(value: T) => Promise<R>} work
 */
async function mapAtOnce(values, atOnce, work) {
  /** @type {R[]} */
  const results = new Array(values.length);
  const waiting = values.entries();
  // The workers share one iterator: each takes the next value when it has done one.
  const worker = async () => {
    for (const [place, value] of waiting) results[place] = await work(value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
