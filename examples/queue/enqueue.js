// Adds a job for each line of the standard input: `URL TEXT`. Usage: node enqueue.js [SECONDS OF DELAY] < lines
import { createInterface } from "node:readline";
import { Queue } from "bullmq";
import { connect, JOB, QUEUE } from "./queue.js";

const delay = 1000 * Number(process.argv[2] ?? 0);
const connection = connect();
const queue = new Queue(QUEUE, { connection });
let count = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const [url, text = ""] = line.split(/ (.*)/s);
  if (!url) continue;
  await queue.add("deliver", { url, text }, { ...JOB, delay });
  count++;
}
console.log(`${count} jobs`);
await queue.close();
connection.disconnect();
