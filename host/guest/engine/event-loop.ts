/** Number of turns of the event loop. They are counted only while somebody needs the number. */
let turn = 0;
let isCounting = false;

/** The number of the current turn. */
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

/** Calls `goOn` at once if the turn `begun` is over, otherwise in the next turn. */
export function afterTurn(begun: number, goOn: () => void): void {
  if (begun === turn) setImmediate(goOn);
  else goOn();
}
