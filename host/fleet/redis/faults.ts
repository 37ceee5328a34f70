const NEEDED = "Redis 5, Valkey 7.2 or newer is needed";
const COMMANDS = "TIME, EXISTS, HGETALL, HSET, HDEL, PEXPIRE, ZADD, ZREM, ZREMRANGEBYSCORE and ZSCORE";
const OF_CLUSTER = "it is a node of a cluster: the client must be one for clusters";

/** What an error of the server or of its client means, by how its message begins. */
const MEANINGS: Readonly<Record<string, string>> = {
  READONLY: "it is a read-only replica: the client must be connected to the primary",
  WRONGTYPE: "a key of the fleet has another type: another program writes to it",
  NOAUTH: "it wants a password",
  WRONGPASS: "it refuses the user or the password",
  NOPERM: `the user may not run scripts, or not with these keys: it needs EVAL, EVALSHA, ${COMMANDS}, and ~hb1:*`,
  OOM: "its memory is full: maxmemory is reached, and maxmemory-policy frees none",
  LOADING: "it is starting, and reads its data",
  BUSY: "it runs another script, for too long",
  MASTERDOWN: "it is a replica that has lost its primary",
  NOREPLICAS: "it has fewer replicas than min-replicas-to-write says",
  CLUSTERDOWN: "its cluster lacks slots",
  TRYAGAIN: "its cluster moves the slot of this fleet",
  MOVED: OF_CLUSTER,
  ASK: OF_CLUSTER,
  CROSSSLOT:
    "the prefix that the client puts before keys must not begin with {}: a cluster has them in several slots then",
  MISCONF: "it cannot save its data on disk, and so it refuses to write",
  FORMAT:
    "other processes of the fleet have a version of http-background that counts in another way: this one joins when they have ended",
  DISABLED: `it lacks a command, or one is disabled in it: scripts need ${COMMANDS}`,
  CLOSED:
    "the client is closed: nobody has connected it, or it has given up. Those of redis 5 and 6 do so after socketTimeout without a reconnectStrategy",
  SUBSCRIBED: "the client listens to messages of its server: the fleet needs another one",
  STALE: "a newer question was there before",
};

/** What the words of other messages mean, which begin with `ERR`. */
const WORDINGS: readonly (readonly [RegExp, keyof typeof MEANINGS])[] = [
  // A command of the script, or a key that it reads.
  [/the user executing the script can't (run|access)/i, "NOPERM"],
  // Before a client has logged in, a command may have ten parts at most.
  [/unauthenticated (multi)?bulk/i, "NOAUTH"],
  [/unknown redis command called from/i, "DISABLED"],
  [/^the client is closed/i, "CLOSED"],
  [/in subscriber mode|only \(P\|S\)SUBSCRIBE/i, "SUBSCRIBED"],
];

/** Servers before 5.0 say so if a script writes after it has asked for the time. */
const OLD_SERVER = "non deterministic";
const NO_SCRIPTS = /(unknown|unsupported) command.{0,20}\beval/i;

/** Says in words what the server or its client complains of. */
export function explainFault(error: unknown): Error {
  const text = textOf(error);
  const meaning = meaningOf(text);
  return new Error(meaning === undefined ? text : `${meaning} (${text})`, { cause: error });
}

/** Whether the server has forgotten the script, or never knew it. */
export function isUnknownScript(error: unknown): boolean {
  return wordOf(textOf(error)) === "NOSCRIPT";
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function meaningOf(text: string): string | undefined {
  if (text.includes(OLD_SERVER)) return `it is too old: ${NEEDED}`;
  if (NO_SCRIPTS.test(text))
    return `it has no scripts (EVAL and EVALSHA), or they are disabled in it: ${NEEDED}`;
  const wording = WORDINGS.find(([pattern]) => pattern.test(text));
  if (wording !== undefined) return MEANINGS[wording[1]];
  // A script that fails is reported with what it was doing: `ERR Error running script …: READONLY …`.
  const word = wordOf(text);
  const inside = Object.keys(MEANINGS).find(
    (name) => text.includes(` ${name} `) || text.includes(`-${name} `),
  );
  return MEANINGS[word] ?? (inside === undefined ? undefined : MEANINGS[inside]);
}

/** The first word of a message: the code of the error. */
function wordOf(text: string): string {
  return text.split(" ", 1)[0] ?? "";
}
