/** Something that goes on in another turn of the event loop. */
export interface Turning {
  onTurn(): void;
}

/** Those that wait for the next turn. One immediate serves all of them. */
let waiting: Turning[] = [];

/** Lets it go on in the next turn of the event loop, after those that came before. */
export function inNextTurn(one: Turning): void {
  if (waiting.push(one) === 1) setImmediate(turn);
}

function turn(): void {
  const now = waiting;
  waiting = [];
  for (const one of now) one.onTurn();
}
