/**
 * The state of quoted-printable: what is carried from chunk to chunk, and where the present call has got to.
 *
 *   0        1         2         4                          8            12           16
 *   ┌────────┬─────────┬─────────┬──────────────────────────┬────────────┬────────────┐
 *   │ column │ carried │ -       │ window: four bytes       │ src        │ dst        │
 *   └────────┴─────────┴─────────┴──────────────────────────┴────────────┴────────────┘
 *
 * A byte is carried while what follows it is not known. The next chunk's first two bytes then join it in
 * the window, which is enough to write it. `src` and `dst` are zero between calls.
 */
@unmanaged
export class QuotedPrintableState {
  /** Characters in the line so far: 0 to 76. */
  column: u8;
  /** How many of the window's bytes are carried: 0 to 2 between chunks. */
  carried: u8;
  window: u32;
  /** The byte to encode next. */
  src: usize;
  /** Where its token goes. */
  dst: usize;
}
