/**
 * Its constructor returns the object that it gets, so that a subclass puts its private members there. They are the one
 * thing that nobody can see who compares, prints or copies an object, and they cost less than any other.
 */
export class Itself {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is its whole purpose
    return object;
  }
}
