import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Layout, VerifiedFile } from './layout.ts';
import { FOLDER_WORK, MANIFEST_NAME, PLACED_NAME } from './places.ts';
import { makeFolder, requireSafePath } from './safe-path.ts';
import { replaceFile } from './write-file.ts';

const HUB_FOLDER = '.cache/huggingface';

/**
 * `{cache}/{org}/{model}/`, with the records of huggingface_hub's local folders for a hub model of this commit. Parts
 * lie in a folder of our own: under the hub's names its tools would take a part with gaps for the start of a file.
 */
export function folderLayout(cachePath: string, name: string, commit: string | undefined): Layout {
  const modelFolder = requireSafePath(name, 'the model name');
  const at = (...parts: string[]) => join(cachePath, modelFolder, ...parts);
  const record = async ({ file, digest, sha256 }: VerifiedFile) => {
    if (commit === undefined) return;
    await makeFolder(cachePath, join(modelFolder, HUB_FOLDER, 'download', dirname(file.path)));
    const text = `${commit}\n${digest?.value ?? sha256}\n${Date.now() / 1000}\n`;
    await replaceFile(at(HUB_FOLDER, 'download', `${file.path}.metadata`), text);
  };
  return {
    cachePath,
    modelFolder,
    workFolder: join(modelFolder, FOLDER_WORK),
    manifestFile: join(modelFolder, FOLDER_WORK, MANIFEST_NAME),
    placedFile: join(modelFolder, FOLDER_WORK, PLACED_NAME),
    contentPath: ({ path }) => join(modelFolder, path),
    place: async (verified, partPath) => {
      const { path } = verified.file;
      await makeFolder(cachePath, join(modelFolder, dirname(path)));
      await rename(partPath, at(path));
      await record(verified);
    },
    adopt: record,
    finish: async () => {
      if (commit === undefined) return;
      await makeFolder(cachePath, join(modelFolder, HUB_FOLDER));
      await replaceFile(at(HUB_FOLDER, '.gitignore'), '*');
    },
  };
}
