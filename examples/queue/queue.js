// What those who add jobs and those who do them agree on.
import { Redis } from "ioredis";

export const QUEUE = "deliveries";

/** BullMQ wants a client that tries as long as it takes. */
export function connect() {
  const client = new Redis(process.env.REDIS_URL ?? "redis://127.0.0.1:6379", { maxRetriesPerRequest: null });
  // Without a listener, ioredis prints each failed attempt to connect.
  client.on("error", () => {});
  return client;
}

/** How a job is tried again: after about 1, 2, 4 … seconds, with some chance, so that not all come back at once. */
export const JOB = {
  attempts: 10,
  backoff: { type: "exponential", delay: 1000, jitter: 0.5 },
  removeOnComplete: { age: 3600 },
};
