/**
 * The state of quoted-printable: what is kept between chunks, and the position of the current call.
 *
 *   0        1         2         4                          8            12           16
 *   ┌────────┬─────────┬─────────┬──────────────────────────┬────────────┬────────────┐
 *   │ column │ carried │ -       │ window: four bytes       │ src        │ dst        │
 *   └────────┴─────────┴─────────┴──────────────────────────┴────────────┴────────────┘
 *
 * A byte is carried if the bytes after it are not known yet. The first two bytes of the next chunk are then put after
 * it into the window. This is enough to write it. `src` and `dst` are zero between calls.
 */
@unmanaged
export class QuotedPrintableState {
  /** Characters in the line so far: 0 to 76. */
  column: u8;
  /** How many bytes in the window are carried: 0 to 2 between chunks. */
  carried: u8;
  window: u32;
  /** The address of the next byte to encode. */
  src: usize;
  /** The address for its token. */
  dst: usize;
}
