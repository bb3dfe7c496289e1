import { Launch } from './launch.ts';
import { List } from './list.ts';
import { Logs } from './logs.ts';
import { Restart } from './restart.ts';
import { Status } from './status.ts';
import { Stop } from './stop.ts';

/** The commands for endpoints of this host. They also answer under the name aim-engine. */
export const ENDPOINT_COMMANDS = {
  launch: Launch,
  list: List,
  logs: Logs,
  restart: Restart,
  status: Status,
  stop: Stop,
};
