/** The place of one value in a `Fifo`. It is made once; linking and unlinking it allocates nothing. */
export class Link<T> {
  readonly value: T;
  /** The list that contains this link; null if there is none. Only `Fifo` writes it, and `previous` and `next`. */
  list: Fifo<T> | null = null;
  previous: Link<T> | null = null;
  next: Link<T> | null = null;

  constructor(value: T) {
    this.value = value;
  }
}

/** A doubly linked list: first in, first out, and removal from the middle, each in constant time. */
export class Fifo<T> {
  first: Link<T> | null = null;
  last: Link<T> | null = null;
  length = 0;

  /** A copy of the values, in order. Later changes of the list do not change the copy. */
  values(): T[] {
    const values: T[] = [];
    for (let link = this.first; link !== null; link = link.next) values.push(link.value);
    return values;
  }

  /** Appends a link that is in no list. */
  push(link: Link<T>): void {
    link.list = this;
    link.previous = this.last;
    link.next = null;
    if (this.last === null) this.first = link;
    else this.last.next = link;
    this.last = link;
    this.length++;
  }

  /** Takes a link out; does nothing if it is not in this list. */
  remove(link: Link<T>): void {
    if (link.list !== this) return;
    if (link.previous === null) this.first = link.next;
    else link.previous.next = link.next;
    if (link.next === null) this.last = link.previous;
    else link.next.previous = link.previous;
    link.list = null;
    link.previous = null;
    link.next = null;
    this.length--;
  }
}
