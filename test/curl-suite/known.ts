/** Tests in which some version of curl differs from libcurl 8.5.0, by which we go. */
export const KNOWN: readonly number[] = [
  // Transfer-Encoding: gzip is decoded before 8.5.0, and refused since 8.12.0. In between, the content is what was sent.
  ...[319, 387, 418, 1122, 1123, 1124, 1125, 1170, 1171, 1277, 1493, 1496, 1617, 1722, 1723, 2119],
  // A blank before the first header is refused before 8.5.0.
  1473,
];
