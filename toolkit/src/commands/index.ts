import { BuildBase } from './build-base.ts';
import { BuildModel } from './build-model.ts';
import { Images } from './images.ts';

/** Every command by its name; the one table oclif reads. */
export const COMMANDS = {
  'build-base': BuildBase,
  'build-model': BuildModel,
  images: Images,
};
