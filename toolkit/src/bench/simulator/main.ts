/**
 * The simulator as a process of its own: its only argument is a JSON object of options; it writes one line of JSON with
 * `url` and `pid` when it listens, and ends when its standard input does or by SIGTERM.
 */
import { DEFAULT_OPTIONS, type SimulatorOptions } from './options.ts';
import { startSimulator } from './start.ts';

const given = JSON.parse(process.argv[2] ?? '{}') as Partial<SimulatorOptions>;
const simulator = await startSimulator({ ...DEFAULT_OPTIONS, ...given });
const stop = () => void simulator.close().then(() => process.exit(0));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
process.stdin.on('end', stop).resume();
process.stdout.write(`${JSON.stringify({ url: simulator.url, pid: process.pid })}\n`);
