/** Turns of the event loop, counted while anybody wants to know. */
let turn = 0;
let isCounting = false;

/** The turn that it is now. */
export function currentTurn(): number {
  if (!isCounting) {
    isCounting = true;
    setImmediate(() => {
      isCounting = false;
      turn++;
    });
  }
  return turn;
}

/** Goes on at once if `begun` is over, the turn that something began in; else in the next one. */
export function afterTurn(begun: number, goOn: () => void): void {
  if (begun === turn) setImmediate(goOn);
  else goOn();
}
