import { copyFile, type FileHandle, open, rm } from "node:fs/promises";

const PIECE_BYTES = 65_536;

/**
 * Gives a file the content of another one, and keeps all its names. If this fails, for example because the disk is full,
 * it has its old content again: that is in the file `backup` meanwhile.
 */
export async function overwrite(path: string, from: string, backup: string): Promise<void> {
  try {
    await copyFile(path, backup);
    await rewrite(path, from).catch(async (error: unknown) => {
      await restore(path, backup);
      throw error;
    });
  } catch (error) {
    if (!(error instanceof NotRestored)) await rm(backup, { force: true });
    throw error;
  }
  await rm(backup);
}

/** The old content is in a file beside the one that has a part of the new content. */
class NotRestored extends Error {}

async function restore(path: string, backup: string): Promise<void> {
  try {
    // The file was not made shorter, so no disk is too full for this.
    await rewrite(path, backup);
  } catch (cause) {
    throw new NotRestored(`${path} could not be restored; its content is in ${backup}`, { cause });
  }
}

/** Not `copyFile`: if that fails, it removes the name of the file. */
async function rewrite(path: string, from: string): Promise<void> {
  const source = await open(from, "r");
  try {
    const target = await open(path, "r+");
    try {
      await target.truncate(await copy(source, target));
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** @returns how many bytes there were */
async function copy(source: FileHandle, target: FileHandle): Promise<number> {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  for (let at = 0; ; ) {
    const { bytesRead } = await source.read(buffer, 0, PIECE_BYTES, at);
    if (bytesRead === 0) return at;
    for (let written = 0; written < bytesRead; )
      written += (await target.write(buffer, written, bytesRead - written, at + written)).bytesWritten;
    at += bytesRead;
  }
}
